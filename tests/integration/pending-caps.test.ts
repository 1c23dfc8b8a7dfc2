import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import type { Caller, Reply } from "../support/api"
import { approve, aWrite, openRun, spend, type Pending } from "../support/calls"
import { vote } from "../support/deciding"
import { holdLock, someoneWaits } from "../support/locks"
import { postPlan } from "../support/plans"
import { putInForce } from "../support/rules"
import { startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
})
afterAll(() => world.close())

const limited = (limits: string) => `rules: [{name: all, effect: require_approval}]\nlimits: ${limits}\n`
const inARun = (limit: number) => limited(`{run: {pendingApprovals: ${limit}}}`)
const write = (runId: string): Promise<Reply> => key.post("/api/v1/tool-calls", aWrite(runId))
const many = (count: number, work: () => Promise<Reply>) => Promise.all(Array.from({ length: count }, work))
const taken = (replies: readonly Reply[]) => replies.filter(({ status }) => status === 202)
const pendingIn = (runId: string, { body: { approval } }: Reply): Pending => ({
  ...{ runId, approval, approvalId: approval.approvalId, changeHash: approval.changeHash },
})

beforeEach(() => putInForce(world, inARun(6)))

test("a run has exactly so many open approvals of 48 that are asked for at once, and one more for each that ends", async () => {
  const runId = await openRun(key)
  const replies = await many(48, () => write(runId))
  expect(taken(replies)).toHaveLength(6)
  const refused = replies.find(({ status }) => status === 429)
  expect(refused?.body).toMatchObject({ code: "limit_exceeded" })
  expect(refused?.body.detail).toContain("run.pendingApprovals of 6")
  expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0)
  expect((await write(await openRun(key))).status).toBe(202)

  const [first, second] = taken(replies).map((reply) => pendingIn(runId, reply))
  if (first === undefined || second === undefined) throw new Error("There are six.")
  await approve(reviewer, first)
  expect((await write(runId)).status).toBe(429)
  for (const end of [
    () => spend(key, first),
    () => vote(reviewer, second, { decision: "deny", reason: "No." }),
  ]) {
    expect((await end()).status).toBe(200)
    expect(taken(await many(4, () => write(runId)))).toHaveLength(1)
  }
})

test("what has lapsed takes no place, though nobody wrote that down", async () => {
  const runId = await openRun(key)
  await many(6, () => write(runId))
  expect((await write(runId)).status).toBe(429)
  await world.su.query("UPDATE approval SET expires_at = clock_timestamp() WHERE run_id = $1", [runId])
  expect(taken(await many(12, () => write(runId)))).toHaveLength(6)
})

test("a plan counts with all that it asks for: whole or not at all", async () => {
  const runId = await openRun(key)
  await many(4, () => write(runId))
  const { tool, input, change } = aWrite(runId)
  const call = { tool, input, change }
  const other = {
    ...call,
    input: { path: "docs/b.txt", content: "b\n" },
    change: {
      parts: [
        {
          kind: "file",
          target: { workspace: "main", path: "docs/b.txt" },
          before: null,
          after: { text: "b\n" },
        },
      ],
    },
  }
  const third = {
    ...call,
    input: { path: "docs/c.txt", content: "c\n" },
    change: {
      parts: [
        {
          kind: "file",
          target: { workspace: "main", path: "docs/c.txt" },
          before: null,
          after: { text: "c\n" },
        },
      ],
    },
  }
  const refused = await postPlan(key, { runId, calls: [call, other, third] })
  expect(refused).toMatchObject({ status: 429, body: { code: "limit_exceeded" } })
  expect(await openIn(runId)).toBe(4)

  const both = await Promise.all([
    postPlan(key, { runId, calls: [call, other] }),
    postPlan(key, { runId, calls: [other, third] }),
  ])
  expect(both.map(({ status }) => status).sort()).toEqual([201, 429])
  expect(await openIn(runId)).toBe(6)
})

test("the lower of what the policy and the run say holds, and is said of the run", async () => {
  const limitsOf = async (runId: string) => (await key.get(`/api/v1/runs/${runId}`)).body.limits
  const strict = await openRun(key, { limits: { pendingApprovals: 2 } })
  expect(await limitsOf(strict)).toMatchObject({ pendingApprovals: 2 })
  expect(taken(await many(8, () => write(strict)))).toHaveLength(2)
  const loose = await openRun(key, { limits: { pendingApprovals: 900 } })
  expect(await limitsOf(loose)).toMatchObject({ pendingApprovals: 6 })
  expect(taken(await many(8, () => write(loose)))).toHaveLength(6)

  await putInForce(world, limited("{}"))
  expect(await limitsOf(await openRun(key))).toMatchObject({ pendingApprovals: 100 })
})

test("a key that is revoked while it waits for its turn asks for nothing", async () => {
  const runId = await openRun(key)
  const lock = await holdLock(
    world,
    "SELECT pg_advisory_xact_lock(hashtextextended('deltaseal/open/' || $1 || '/' || $2, 0))",
    [world.ours.tenantId, runId],
  )
  const asking = write(runId)
  await someoneWaits(world)
  await world.su.query("UPDATE api_key SET revoked_at = now() WHERE tenant_id = $1", [world.ours.tenantId])
  await lock.release()
  expect((await asking).status).toBe(401)
  expect(await openIn(runId)).toBe(0)
  await world.su.query("UPDATE api_key SET revoked_at = NULL WHERE tenant_id = $1", [world.ours.tenantId])
})

async function openIn(runId: string): Promise<number> {
  const { rowCount } = await world.su.query(
    "SELECT FROM approval WHERE run_id = $1 AND status IN ('pending', 'approved')",
    [runId],
  )
  return rowCount ?? 0
}
