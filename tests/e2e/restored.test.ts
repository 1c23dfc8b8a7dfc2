import { afterAll, beforeAll, expect, test } from "vitest"
import { openWatch } from "@/lib/db/watch/watch"
import { beginEpoch } from "@/lib/epochs/epochs.service"
import { createLogger } from "@/lib/observability/logger"
import type { SeededDemo } from "@/prisma/seed/demo"
import { newNonce, type Caller } from "@/tests/support/api"
import { openBrowser, signIn } from "@/tests/support/browser"
import { pendingWrite, spend, type Pending } from "@/tests/support/calls"
import { approvedWrite } from "@/tests/support/deciding"
import { seedInstallation } from "@/tests/support/installation"
import { lookAtBothSizes } from "@/tests/support/look-at"
import { settingsFor, startNode, type ServerNode } from "@/tests/support/node"
import {
  newCluster,
  postgresTools,
  withoutPostgresTools,
  type Cluster,
} from "@/tests/support/operator-postgres"
import { urlOf, withClient } from "@/tests/support/postgres"
import { databaseByTheGuide, type ExternalDatabase } from "@/tests/support/external-database"
import { newDataDir, removeDataDir } from "@/tests/support/server"
import { until } from "@/tests/support/world"

const name = "deltaseal"
const hasTools = postgresTools !== null
const named = (title: string) => (hasTools ? title : `${title} (${withoutPostgresTools})`)

let cluster: Cluster
let other: Cluster
let database: ExternalDatabase
let dataDir: string
let node: ServerNode
let key: Caller
let owner: SeededDemo["people"][number]
/** Approved when the backup was made and spent after it, and one that waited then. */
let spent: Pending
let waiting: Pending
let copy: string

beforeAll(async () => {
  if (!hasTools) return
  dataDir = await newDataDir()
  ;[cluster, other] = await Promise.all([newCluster(), newCluster()])
  await cluster.start()
  database = await databaseByTheGuide(cluster.superuserUrl, name)
  node = await startNode(settings())
  const installation = await seedInstallation(database)
  const person = installation.demo.people.find(({ role }) => role === "owner")
  if (person === undefined) throw new Error("The demo has no owner.")
  owner = person
  key = installation.key(node.url)
  const reviewer = await (await installation.session("reviewer")).at(node.url)
  await installation.close()
  spent = await approvedWrite(key, reviewer)
  waiting = await pendingWrite(key)
  copy = await cluster.baseBackup()
})

afterAll(async () => {
  if (!hasTools) return
  await node.kill()
  await Promise.all([cluster.remove(), other.remove()])
  await removeDataDir(dataDir)
})

const settings = () => ({ ...settingsFor(database), DELTASEAL_DATA_DIR: dataDir })

test.skipIf(!hasTools)(
  named("files swapped under a running server are noticed before anything is served"),
  async () => {
    expect((await spend(key, spent)).status).toBe(200)
    const seen = new Set<string>()
    let isOver = false
    const asking = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!isOver) {
          const read = await key.get(`/api/v1/approvals/${spent.approvalId}`)
          const reply = await spend(key, spent, { nonce: newNonce() })
          for (const { status, body } of [read, reply]) seen.add(`${status} ${body.code ?? body.status}`)
        }
      }),
    )
    await cluster.stop()
    await cluster.putBack(copy)
    await cluster.start()
    await until("the server to serve again", () => Promise.resolve(seen.has("409 cancelled")), 60_000)
    isOver = true
    await asking

    const harmless = [
      ...["200 consumed", "409 already_consumed", "503 unavailable", "503 outcome_unknown"],
      ...["200 cancelled", "409 cancelled"],
    ]
    expect([...seen].filter((answer) => !harmless.includes(answer))).toEqual([])
    const { body } = await key.get(`/api/v1/approvals/${waiting.approvalId}`)
    expect(body).toMatchObject({ status: "cancelled", endedBecause: "new_epoch" })
    expect((await key.get(`/api/v1/runs/${waiting.runId}`)).body).toMatchObject({ status: "closed" })
    expect(await epochsIn(database)).toEqual([2])
    expect(await firstLeavesOf(database, 2)).toEqual(["epoch.started"])
  },
)

test.skipIf(!hasTools)(named("owners read of it on every page, until one of them dismisses it"), async () => {
  const browser = await openBrowser()
  const page = await browser.newPage()
  await signIn(page, node.url, owner)
  const banner = page.getByRole("region", { name: "The database was restored" })
  await banner.getByText("2 open approvals were cancelled and 2 open runs were closed").waitFor()
  expect(await lookAtBothSizes(page)).toEqual([])
  await banner.getByRole("button", { name: "Dismiss" }).click()
  await page.getByRole("dialog").getByText("API keys, members, stops").waitFor()
  expect(await lookAtBothSizes(page)).toEqual([])
  await page.getByRole("dialog").getByRole("button", { name: "Dismiss" }).click()
  await banner.waitFor({ state: "detached" })
  await page.goto(`${node.url}/runs`)
  await page.getByRole("heading", { name: "Runs" }).first().waitFor()
  expect(await banner.count()).toBe(0)
  await browser.close()
})

test.skipIf(!hasTools)(named("a restart without a restore begins no epoch"), async () => {
  expect(await node.stop()).toBe(0)
  node = await startNode(settings())
  expect(await epochsIn(database)).toEqual([2])
  expect(await (await fetch(`${node.url}/readyz`)).json()).toEqual({ status: "ready" })
  expect(await node.stop()).toBe(0)
})

test.skipIf(!hasTools)(
  named("of nodes that find an older copy of the same cluster at once, one begins one epoch"),
  async () => {
    await cluster.stop()
    await cluster.putBack(copy)
    await cluster.start()
    const empty = await newDataDir()
    const watches = await Promise.all([dataDir, dataDir, empty].map((dir) => watch(database, dir)))

    // Epoch 2 is gone with the files, and its number is not given again.
    expect(await epochsIn(database)).toEqual([3])
    expect(await firstLeavesOf(database, 3)).toEqual(["epoch.started"])
    expect(await statusOf(database, spent)).toBe("cancelled")
    for (const { remember } of watches) await remember()
    await Promise.all(watches.map(({ close }) => close()))
    await removeDataDir(empty)
  },
)

test.skipIf(!hasTools)(
  named("a dump in another cluster is noticed by machines that remember nothing, and taken once"),
  async () => {
    const dump = await cluster.dump(name)
    await other.start()
    const restored = await databaseByTheGuide(other.superuserUrl, name)
    await other.restore(name, dump)
    const empty = await newDataDir()

    for (const _ of ["first", "again"]) {
      const watches = await Promise.all([empty, empty].map((dir) => watch(restored, dir)))
      await Promise.all(watches.map(({ close }) => close()))
      expect(await epochsIn(restored)).toEqual([3, 4])
    }
    await removeDataDir(empty)
  },
)

const watch = ({ appUrl }: ExternalDatabase, dir: string) =>
  openWatch({ directUrl: appUrl, dataDir: dir, logger: createLogger({ level: "silent" }), beginEpoch })

/** The numbers of the epochs that began, if each began once in each tenant. */
async function epochsIn({ superuserUrl }: ExternalDatabase): Promise<number[]> {
  return await withClient(superuserUrl, async (client) => {
    const { rows } = await client.query<{ number: number; isWhole: boolean }>(
      `SELECT number, count(*) = (SELECT count(*) FROM tenant) AND count(*) = (
         SELECT count(*) FROM audit_leaf l WHERE l.type = 'epoch.started' AND l.epoch = e.epoch) AS "isWhole"
       FROM epoch_start e GROUP BY number, epoch ORDER BY number`,
    )
    expect(rows.filter(({ isWhole }) => !isWhole)).toEqual([])
    return rows.map(({ number }) => number)
  })
}

/** What the first leaves of an epoch are, over all tenants. */
async function firstLeavesOf({ superuserUrl }: ExternalDatabase, epoch: number): Promise<string[]> {
  return await withClient(superuserUrl, async (client) => {
    const { rows } = await client.query<{ type: string }>(
      `SELECT DISTINCT type FROM (
         SELECT DISTINCT ON (tenant_id) type FROM audit_leaf WHERE epoch = $1 ORDER BY tenant_id, sequence) f`,
      [epoch],
    )
    return rows.map(({ type }) => type)
  })
}

async function statusOf(
  { superuserUrl }: ExternalDatabase,
  { approvalId }: Pending,
): Promise<string | undefined> {
  return await withClient(urlOf(superuserUrl, { database: name }), async (client) => {
    const { rows } = await client.query<{ status: string }>(
      "SELECT status FROM approval WHERE approval_id = $1",
      [approvalId],
    )
    return rows[0]?.status
  })
}
