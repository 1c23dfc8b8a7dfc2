import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { createPool } from "@/lib/db/pool"
import { openWatch, type OpenWatch } from "@/lib/db/watch/watch"
import { runtime } from "@/lib/env/runtime"
import { beginEpoch } from "@/lib/epochs/epochs.service"
import { pendingWrite, spend } from "../support/calls"
import { approvedWrite } from "../support/deciding"
import { leavesOf, makePerson, startWorld, until, type World } from "../support/world"

let world: World
let dataDir: string
let watch: OpenWatch

beforeAll(async () => {
  world = await startWorld()
  dataDir = await mkdtemp(path.join(tmpdir(), "deltaseal-epochs-"))
  watch = await open()
})

afterAll(async () => {
  await watch.close()
  await rm(dataDir, { recursive: true })
  await world.close()
})

const open = async () =>
  await openWatch({ directUrl: runtime().directUrl, dataDir, logger: runtime().logger, beginEpoch })

const memoryFile = async () =>
  path.join(dataDir, "memory", (await readdir(path.join(dataDir, "memory")))[0] ?? "")
const epochNow = async () =>
  (await world.su.query<{ epoch: number }>("SELECT epoch FROM lineage")).rows[0]?.epoch

test("a node that died between its row and its file finds the database as it left it", async () => {
  await watch.remember()
  const behind = await readFile(await memoryFile(), "utf8")
  await watch.remember()
  await watch.close()
  await writeFile(await memoryFile(), behind)
  watch = await open()

  expect(await epochNow()).toBe(1)
  expect(await readdir(path.join(dataDir, "memory"))).toHaveLength(1)
})

test("rows put back under open connections: no permit, no new connection, and then a new epoch", async () => {
  const reviewer = await world.as("reviewer")
  const waiting = await pendingWrite(world.ours.key)
  const approved = await approvedWrite(world.ours.key, reviewer)
  const plain = createPool({ url: runtime().directUrl, onError: () => undefined, verify: watch.verify })
  await plain.query("SELECT 1")
  await plain.end()

  await world.su.query("UPDATE node SET beat = beat - 1, nonce = 'of before'")
  const late = createPool({ url: runtime().directUrl, onError: () => undefined, verify: watch.verify })
  await expect(late.query("SELECT 1")).rejects.toThrow()
  await expect(watch.remember()).rejects.toMatchObject({ code: "outcome_unknown" })
  expect(await watch.becomesTrusted(10_000)).toBe(true)
  await late.query("SELECT 1")
  await late.end()

  expect(await epochNow()).toBe(2)
  const spent = await spend(world.ours.key, approved)
  expect([spent.status, spent.body.code]).toEqual([409, "cancelled"])
  const leaves = (await leavesOf(world, world.ours.tenantId)).filter(({ body }) => body.epoch === 2)
  const [first] = leaves
  expect(first?.body).toMatchObject({
    type: "epoch.started",
    actor: { kind: "system", id: "epoch" },
    fields: { because: "behind", number: 2, lastLeaf: { commit: expect.any(String) as string } },
  })
  expect(Number(first?.body.fields["rememberedSequence"])).toBeGreaterThan(0)
  const ended = leaves.filter(({ type }) => type === "approval.cancelled").map(({ approvalId }) => approvalId)
  expect(ended.sort()).toEqual([waiting.approvalId, approved.approvalId].sort())
  expect(leaves.filter(({ type }) => type === "run.closed")).toHaveLength(2)
})

test("owners and admins are told until one of them dismisses it, nobody else is", async () => {
  const owner = await world.as("owner")
  const stranger = (await makePerson(world, { role: "owner", agencyId: world.theirs.agencyId })).caller
  expect((await (await world.as("reviewer")).post("/api/v1/epochs/2/dismiss")).status).toBe(403)
  expect((await owner.post("/api/v1/epochs/3/dismiss")).status).toBe(404)
  expect((await stranger.post("/api/v1/epochs/2/dismiss")).status).toBe(200)
  expect((await owner.post("/api/v1/epochs/2/dismiss")).body).toEqual({ number: 2 })
  expect((await owner.post("/api/v1/epochs/2/dismiss")).status).toBe(404)
  const { rows } = await world.su.query("SELECT 1 FROM epoch_start WHERE dismissed_at IS NULL")
  expect(rows).toEqual([])
})

test("a connection that is cut is made again, and begins nothing", async () => {
  const before = await memoryFile()
  await world.su.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'deltaseal-watch' AND datname = current_database()",
  )
  await until("another connection", async () => watch.isTrusted() && (await memoryFile()) !== before, 10_000)
  await watch.remember()
  expect(Math.abs(watch.now() - Date.now())).toBeLessThan(5_000)
  expect(await epochNow()).toBe(2)
})

test("a damaged memory refuses the start, and one of a database that is gone says that this one is older", async () => {
  await watch.close()
  const file = await memoryFile()
  const memory = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>
  await writeFile(file, "{")
  await expect(open()).rejects.toThrow("is damaged")

  await writeFile(file, JSON.stringify({ ...memory, lineageId: "gone" }))
  await world.su.query("DELETE FROM node")
  watch = await open()
  expect(await epochNow()).toBe(3)
})
