import { afterAll, beforeAll, expect, test } from "vitest"
import { pendingWrite } from "@/tests/support/calls"
import { consumedWrite } from "@/tests/support/deciding"
import { seedInstallation } from "@/tests/support/installation"
import { failToStart, settingsFor, startNode } from "@/tests/support/node"
import { pgBouncerPath, startPgBouncer, withoutPgBouncer } from "@/tests/support/pgbouncer"
import { sharedPostgres, type SharedPostgres } from "@/tests/support/shared-postgres"
import { until } from "@/tests/support/world"

let postgres: SharedPostgres

beforeAll(() => {
  postgres = sharedPostgres()
})

afterAll(() => postgres.close())

const title =
  pgBouncerPath === null
    ? withoutPgBouncer
    : "from an empty database, a server behind PgBouncer serves, listens, works on its jobs and stops"

test.skipIf(pgBouncerPath === null)(title, async () => {
  const db = await postgres.newDatabase()
  const bouncer = await startPgBouncer(db.appUrl)
  const pooled = { ...settingsFor(db), DATABASE_URL: bouncer.url }
  const refused = await failToStart(pooled)
  expect([refused.code, refused.stderr.trim()]).toEqual([
    1,
    expect.stringContaining("set DATABASE_DIRECT_URL"),
  ])

  const node = await startNode({ ...pooled, DATABASE_DIRECT_URL: db.appUrl })
  const installation = await seedInstallation(db)
  const key = installation.key(node.url)
  await consumedWrite(key, await (await installation.session("reviewer")).at(node.url))

  const due = await pendingWrite(key)
  const polling = key.get(`/api/v1/approvals/${due.approvalId}?wait=25&version=0`)
  await installation.su.query("UPDATE approval SET expires_at = clock_timestamp() WHERE approval_id = $1", [
    due.approvalId,
  ])
  expect((await polling).body).toMatchObject({ status: "expired", version: 1 })

  // What it has open at the server itself is what listens and works: the rest goes through the pooler.
  const direct = "SELECT FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'LISTEN deltaseal_change%'"
  await until("the listener", async () => (await installation.su.query(direct, [db.name])).rowCount === 1)
  await installation.close()
  expect(await node.stop()).toBe(0)
  expect(node.errors()).toBe("")
  await bouncer.stop()
})
