import path from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { migrate } from "@/lib/db/migrate"
import { prepareQueue, queueRevision } from "@/lib/db/queue"
import { freshDatabase, type FreshDatabase } from "@/tests/support/database"
import { withClient } from "@/tests/support/postgres"

const folder = path.resolve("prisma/migrations")
let db: FreshDatabase

beforeAll(async () => {
  db = await freshDatabase()
})
afterAll(() => db.close())

test("a fresh database has every migration", async () => {
  expect(await migrate(db.ownerUrl, folder)).toEqual([])
})

test.each([
  ["was edited after it had been applied", "UPDATE _prisma_migrations SET checksum = 'other'"],
  [
    "is newer than this version",
    "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '99999999999999_later', now())",
  ],
  ["did not finish", "UPDATE _prisma_migrations SET finished_at = NULL"],
])("migrating stops with one sentence when a migration or database %s", async (sentence, damage) => {
  const damaged = await freshDatabase()
  await withClient(damaged.ownerUrl, (client) => client.query(damage))

  await expect(migrate(damaged.ownerUrl, folder)).rejects.toThrow(
    expect.objectContaining({ name: "StartupError", message: expect.stringContaining(sentence) as string }),
  )
  await damaged.close()
})

test("another application's migrations are not taken for an old version of ours", async () => {
  const foreign = await freshDatabase()
  await withClient(foreign.ownerUrl, (client) =>
    client.query("UPDATE _prisma_migrations SET migration_name = 'theirs_' || migration_name"),
  )

  await expect(migrate(foreign.ownerUrl, folder)).rejects.toThrow("the tables of something else")
  await foreign.close()
})

test("two processes that migrate an empty database at once both find it done, each migration once", async () => {
  const empty = await freshDatabase()
  await withClient(empty.ownerUrl, async (client) => {
    await client.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
  })

  const applied = await Promise.all([1, 2, 3].map(() => migrate(empty.ownerUrl, folder)))
  expect(applied.map((names) => names.length).sort()).toEqual([0, 0, applied.flat().length])
  expect(await migrate(empty.ownerUrl, folder)).toEqual([])
  await empty.close()
})

test("the role that only serves finds a finished database in order, and cannot finish one", async () => {
  expect(await migrate(db.appUrl, folder)).toEqual([])

  const older = await freshDatabase()
  await withClient(older.ownerUrl, (client) =>
    client.query("DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_jobs'"),
  )
  await expect(migrate(older.appUrl, folder)).rejects.toThrow("set DATABASE_OWNER_URL")
  await older.close()
})

test("nodes that make the job queue at once make it once; the role that only serves needs it made", async () => {
  const empty = await freshDatabase()
  await withClient(empty.ownerUrl, (client) => client.query("DROP SCHEMA graphile_worker CASCADE"))
  await expect(prepareQueue(empty.appUrl)).rejects.toThrow("set DATABASE_OWNER_URL")

  await Promise.all([1, 2, 3].map(() => prepareQueue(empty.ownerUrl)))
  await prepareQueue(empty.appUrl)
  const revisions = await withClient(empty.appUrl, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      "SELECT id FROM graphile_worker.migrations ORDER BY id",
    )
    return rows.map(({ id }) => id)
  })
  expect(revisions).toEqual(Array.from({ length: queueRevision }, (_, index) => index + 1))
  await empty.close()
})

test("a queue that was made and not opened, because its node died in between, is opened by the next", async () => {
  const half = await freshDatabase()
  await withClient(half.ownerUrl, (client) =>
    client.query("REVOKE ALL ON SCHEMA graphile_worker FROM deltaseal_app"),
  )

  await prepareQueue(half.ownerUrl)
  await prepareQueue(half.appUrl)
  await half.close()
})
