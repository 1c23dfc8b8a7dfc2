import { cp, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { migrate } from "@/lib/db/migrate"
import { freshDatabase, type FreshDatabase } from "../support/database"
import { withClient } from "../support/postgres"

/** The last migration of the version that people had before. */
const before = "20261122000600_approvals"
const folder = path.resolve("prisma/migrations")
let db: FreshDatabase
let older: string

beforeAll(async () => {
  db = await freshDatabase()
  await withClient(db.ownerUrl, (client) =>
    client.query(
      "DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS graphile_worker CASCADE; CREATE SCHEMA public",
    ),
  )
  older = await mkdtemp(path.join(tmpdir(), "deltaseal-older-"))
  for (const name of await readdir(folder)) {
    if (name > before && name !== "migration_lock.toml") continue
    await cp(path.join(folder, name), path.join(older, name), { recursive: true })
  }
  await migrate(db.ownerUrl, older)
})

afterAll(async () => {
  await db.close()
  await rm(older, { recursive: true })
})

test("an update keeps what the version before wrote, although the owner is bound by row-level security", async () => {
  await withClient(db.ownerUrl, async (client) => {
    await client.query("SELECT set_config('app.tenant', 'ten_a', false)")
    await client.query("INSERT INTO agency (agency_id, name) VALUES ('agc_a', 'A')")
    await client.query("INSERT INTO tenant (tenant_id, agency_id, name) VALUES ('ten_a', 'agc_a', 'A')")
    await client.query(
      `SELECT audit_append('evt_a', 'run.opened', '{"kind":"key","id":"key_a"}', '{"kind":"run","id":"run_a"}',
         '{"runId":"run_a"}', '{"reason":"why","step":"one"}', ARRAY[repeat('a', 64), repeat('b', 64)])`,
    )
  })
  const leaf = () =>
    withClient(db.ownerUrl, async (client) => {
      await client.query("SELECT set_config('app.tenant', 'ten_a', false)")
      return (await client.query("SELECT encode(leaf, 'escape') AS leaf FROM audit_leaf")).rows
    })
  const written = await leaf()

  await migrate(db.ownerUrl, folder)

  expect(await leaf()).toEqual(written)
  const openings = await withClient(db.ownerUrl, async (client) => {
    await client.query("SELECT set_config('app.tenant', 'ten_a', false)")
    return (await client.query(`SELECT event_id, names, salts, "values" FROM audit_opening`))
      .rows as unknown[]
  })
  expect(openings).toEqual([
    {
      event_id: "evt_a",
      names: ["reason", "step"],
      salts: ["a".repeat(64), "b".repeat(64)],
      values: ['"why"', '"one"'],
    },
  ])
})
