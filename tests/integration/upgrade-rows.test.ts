import { cp, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import type pg from "pg"
import { afterAll, beforeAll, expect, inject, test } from "vitest"
import { migrate } from "@/lib/db/migrate"
import { freshDatabase, type FreshDatabase } from "../support/database"
import { pendingWrite } from "../support/calls"
import { anOutcome, approvedWrite, consumedWrite, report } from "../support/deciding"
import { urlOf, withClient } from "../support/postgres"
import { startWorld, type World } from "../support/world"

/** The last migration of the version that people had before. */
const before = "20261122000600_approvals"
const folder = path.resolve("prisma/migrations")
let world: World
let db: FreshDatabase
let older: string

beforeAll(async () => {
  world = await startWorld()
  db = await freshDatabase()
  await withClient(db.ownerUrl, (client) => client.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
  older = await mkdtemp(path.join(tmpdir(), "deltaseal-older-"))
  for (const name of await readdir(folder)) {
    if (name <= before || name === "migration_lock.toml") {
      await cp(path.join(folder, name), path.join(older, name), { recursive: true })
    }
  }
  await migrate(db.ownerUrl, older)
})

afterAll(async () => {
  await world.close()
  await db.close()
  await rm(older, { recursive: true })
})

const asSuperuser = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> =>
  withClient(urlOf(inject("postgres").superuserUrl, { database: new URL(db.appUrl).pathname.slice(1) }), work)

/** The tables of the older version with their columns. */
async function columnsByTable(client: pg.Client): Promise<readonly { name: string; columns: string[] }[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
     GROUP BY 1 ORDER BY 1`,
  )
  return rows
}

async function rowsOf(client: pg.Client, from: string, columns: readonly string[]): Promise<string[]> {
  const list = columns.map((column) => `"${column}"`).join(", ")
  const { rows } = await client.query<{ row: string }>(
    `SELECT to_jsonb(t)::text AS row FROM (SELECT ${list} FROM ${from}) t ORDER BY 1`,
  )
  return rows.map(({ row }) => row)
}

/** What was committed to, a row each as before. */
const openings = `(SELECT tenant_id, event_id, f.* FROM audit_opening,
  unnest(names, salts, "values") AS f(name, salt, value)) AS audit_field`

test("an update keeps every row of every table as it was", async () => {
  const reviewer = await world.as("reviewer")
  const { key } = world.ours
  await report(key, (await consumedWrite(key, reviewer)).executionId, anOutcome)
  await approvedWrite(key, reviewer)
  await pendingWrite(key)
  await key.post(
    "/api/v1/runs",
    { environment: "dev", workflow: "w", actor: { agent: "a" } },
    { "idempotency-key": "one" },
  )
  await world.su.query("INSERT INTO sign_in_failure (subject_mac) VALUES ('\\x00')")
  await world.su.query(
    "INSERT INTO session SELECT 'ses_x', person_id, now(), now(), now() FROM person LIMIT 1",
  )

  const tables = await asSuperuser(columnsByTable)
  const written = new Map<string, string[]>()
  await asSuperuser(async (client) => {
    await client.query("SET session_replication_role = replica")
    for (const { name, columns } of tables) {
      const rows = await rowsOf(world.su, name === "audit_field" ? openings : `"${name}"`, columns)
      const target = columns.map((column) => `"${column}"`).join(", ")
      await client.query(
        `INSERT INTO "${name}" (${target})
         SELECT ${target} FROM jsonb_populate_recordset(NULL::"${name}", $1)`,
        [`[${rows.join(",")}]`],
      )
      written.set(name, rows)
    }
  })
  expect([...written].filter(([, rows]) => rows.length === 0).map(([name]) => name)).toEqual([])

  await migrate(db.ownerUrl, folder)

  await asSuperuser(async (client) => {
    for (const { name, columns } of tables) {
      const kept = await rowsOf(client, name === "audit_field" ? openings : `"${name}"`, columns)
      expect([name, kept]).toEqual([name, written.get(name)])
    }
  })
})
