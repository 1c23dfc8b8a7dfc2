import path from "node:path"
import pg from "pg"
import { afterAll, beforeAll, expect, test } from "vitest"
import { assertAppRoleIsConfined } from "@/lib/db/confinement"
import { migrate } from "@/lib/db/migrate"
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
  ["is newer than this version", "UPDATE _prisma_migrations SET migration_name = '9' || migration_name"],
  ["did not finish", "UPDATE _prisma_migrations SET finished_at = NULL"],
])("migrating stops with one sentence when a migration or database %s", async (sentence, damage) => {
  const damaged = await freshDatabase()
  await withClient(damaged.ownerUrl, (client) => client.query(damage))

  await expect(migrate(damaged.ownerUrl, folder)).rejects.toThrow(
    expect.objectContaining({ name: "StartupError", message: expect.stringContaining(sentence) as string }),
  )
  await damaged.close()
})

test("the role that serves requests is confined, the owner is not", async () => {
  const [app, owner] = [db.appUrl, db.ownerUrl].map((connectionString) => new pg.Pool({ connectionString }))

  await expect(app && assertAppRoleIsConfined(app)).resolves.toBeUndefined()
  await expect(owner && assertAppRoleIsConfined(owner)).rejects.toThrow("could bypass row-level security")
  await Promise.all([app?.end(), owner?.end()])
})
