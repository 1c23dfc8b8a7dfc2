import { DeltasealClient } from "@deltaseal/guard"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Caller, type Reply } from "../support/api"
import { openRun, writeFile } from "../support/calls"
import { sixteen } from "../support/deciding"
import {
  aFileCall,
  approvedPlan,
  askFor,
  pendingPlan,
  postPlan,
  spendAnswered,
  threeCalls,
  votePlan,
  type Planned,
} from "../support/plans"
import { putInForce } from "../support/rules"
import { makeKey, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
})
afterAll(() => world.close())

const call = (n: number) => threeCalls[n] ?? {}
const idsOf = ({ items }: Planned) => items.map(({ approvalId }) => String(approvalId))
const idIn = ({ body }: Reply) => String(body.approval?.approvalId)

test("each call is answered with its own item, in any order, and spent once", async () => {
  const planned = await approvedPlan(key, reviewer)
  const ids = idsOf(planned)
  for (const n of [2, 0, 1]) {
    const { value: answered, leaves } = await newLeaves(world, () => askFor(key, planned.runId, call(n)))
    expect(answered).toMatchObject({
      status: 202,
      body: {
        decision: "pending",
        approval: { approvalId: ids[n], status: "approved", planId: planned.planId },
      },
    })
    expect(leaves).toEqual([])
    expect((await spendAnswered(key, answered, "old\n")).status).toBe(200)
  }
  const { body } = await key.get(`/api/v1/plans/${planned.planId}`)
  expect(body.status).toBe("done")

  const again = await askFor(key, planned.runId, call(0))
  expect(again.body.approval).toMatchObject({ status: "pending", planId: null })
})

test("a call is answered with an item only when it is exactly that one, in that run", async () => {
  const planned = await approvedPlan(key, reviewer)
  const [item] = planned.items
  const elsewhere = await openRun(key)
  const differing = [
    await askFor(key, planned.runId, aFileCall("docs/a.txt", "old\n", "other\n")),
    await askFor(key, planned.runId, aFileCall("docs/a.txt", "older\n", "a\n")),
    await askFor(key, planned.runId, call(0), { input: { path: "docs/a.txt", content: "a\n", extra: 1 } }),
    await askFor(key, planned.runId, call(0), { dryRun: true }),
    await askFor(key, elsewhere, call(0)),
  ]
  for (const { body } of differing) expect(body.approval?.planId ?? null).toBeNull()
  expect((await askFor(world.key(1), planned.runId, call(0))).status).toBe(404)
  expect((await key.get(`/api/v1/approvals/${item.approvalId}`)).body.status).toBe("approved")

  const another = (await makeKey(world)).caller
  const body = { ...call(0), runId: planned.runId }
  const asked = await another.post("/api/v1/tool-calls", body, { "idempotency-key": "mine" })
  expect(idIn(asked)).toBe(item.approvalId)
  const repeated = await another.post("/api/v1/tool-calls", body, { "idempotency-key": "mine" })
  expect(repeated.text).toBe(asked.text)
  expect((await spendAnswered(another, asked, "old\n")).status).toBe(200)
  const replayed = await another.post("/api/v1/tool-calls", body, { "idempotency-key": "mine" })
  expect(replayed.body.approval).toMatchObject({ approvalId: item.approvalId, status: "consumed" })
})

test("an item that still waits is what its call waits for; one that ended is asked for anew", async () => {
  const planned = await pendingPlan(key)
  const [first, second] = idsOf(planned)
  expect(idIn(await askFor(key, planned.runId, call(0)))).toBe(first)
  await reviewer.post(`/api/v1/approvals/${second}/votes`, {
    decision: "deny",
    changeHash: planned.items[1].changeHash,
    reason: "No.",
  })
  expect((await askFor(key, planned.runId, call(1))).body.approval).toMatchObject({
    status: "pending",
    planId: null,
  })

  await votePlan(reviewer, planned)
  await world.su.query("UPDATE approval SET use_by = now() - interval '1 second' WHERE approval_id = $1", [
    first,
  ])
  expect((await askFor(key, planned.runId, call(0))).body.approval).toMatchObject({
    status: "pending",
    planId: null,
  })
  const { body } = await key.get(`/api/v1/plans/${planned.planId}`)
  expect(body.items.map(({ status }: { status: string }) => status)).toEqual([
    "expired",
    "denied",
    "approved",
  ])

  await key.post(`/api/v1/runs/${planned.runId}/close`)
  expect(await askFor(key, planned.runId, call(2))).toMatchObject({
    status: 403,
    body: { code: "policy_denied" },
  })
})

test("an item is spent only on what it found when it was planned", async () => {
  const steps = [aFileCall("docs/s.txt", "one\n", "two\n"), aFileCall("docs/s.txt", "two\n", "three\n")]
  const planned = await approvedPlan(key, reviewer, { calls: steps })
  const second = await askFor(key, planned.runId, steps[1] ?? {})
  expect((await spendAnswered(key, second, "one\n")).body.code).toBe("before_changed")
  const first = await askFor(key, planned.runId, steps[0] ?? {})
  expect((await spendAnswered(key, first, "one\n")).status).toBe(200)
})

test("what was planned twice is given to two who ask at once, and sixteen spend four items once each", async () => {
  const twice = await approvedPlan(key, reviewer, { calls: [call(0), call(0)] })
  const both = await Promise.all([0, 1].map(() => askFor(key, twice.runId, call(0))))
  expect(both.map(idIn).toSorted()).toEqual(idsOf(twice).toSorted())
  for (const answered of both) expect((await spendAnswered(key, answered, "old\n")).status).toBe(200)

  const four = await approvedPlan(key, reviewer, { calls: [call(0), call(0), call(1), call(1)] })
  const spent = await sixteen(async (index) => {
    const answered = await askFor(key, four.runId, call(index % 2))
    return [idIn(answered), (await spendAnswered(key, answered, "old\n")).status] as const
  })
  const won = spent.flatMap(([id, status]) => (status === 200 ? [id] : []))
  expect(won.toSorted()).toEqual(idsOf(four).toSorted())
  expect(new Set(won).size).toBe(4)
  const { rows } = await world.su.query(
    "SELECT count(*)::int AS runs FROM execution JOIN approval USING (tenant_id, approval_id) WHERE plan_id = $1",
    [four.planId],
  )
  expect(rows[0].runs).toBe(4)
})

test("a policy that says no by then ends the item, and one that says yes leaves it alone", async () => {
  const planned = await approvedPlan(key, reviewer)
  await putInForce(world, "rules:\n  - {name: all, effect: allow}\n")
  expect((await askFor(key, planned.runId, call(0))).status).toBe(200)
  await putInForce(world, "rules:\n  - {name: all, effect: tier_default}\n")
  const answered = await askFor(key, planned.runId, call(1))
  await putInForce(world, "rules:\n  - {name: all, effect: deny}\n")
  expect((await askFor(key, planned.runId, call(1))).status).toBe(403)
  expect((await spendAnswered(key, answered, "old\n")).body.code).toBe("policy_changed")
  await putInForce(world, "rules:\n  - {name: all, effect: tier_default}\n")
  const { body } = await key.get(`/api/v1/plans/${planned.planId}`)
  expect(body.items.map(({ status }: { status: string }) => status)).toEqual([
    "approved",
    "cancelled",
    "approved",
  ])
})

test("each item counts for the run's limits when it is planned, and not again when it is asked for", async () => {
  await putInForce(world, "limits: {run: {toolCalls: 4}}\nrules:\n  - {name: all, effect: tier_default}\n")
  const planned = await approvedPlan(key, reviewer)
  const { runId } = planned
  const refused = await postPlan(key, { runId, calls: [call(0), call(1)] })
  expect(refused).toMatchObject({ status: 429, body: { code: "limit_exceeded" } })
  expect(refused.headers.get("retry-after")).not.toBeNull()
  for (const n of [0, 1, 2]) expect(idIn(await askFor(key, runId, call(n)))).toBe(idsOf(planned)[n])
  expect((await postPlan(key, { runId, calls: [call(0)] })).status).toBe(201)
  expect((await askFor(key, runId, aFileCall("docs/z.txt", "old\n", "z\n"))).status).toBe(429)
  await putInForce(world, "rules:\n  - {name: all, effect: tier_default}\n")
})

test("a plan takes a place of each of its items among the open approvals, or none at all", async () => {
  const { rows } = await world.su.query<{ open: number }>(
    "SELECT count(*)::int AS open FROM approval WHERE tenant_id = $1 AND place IS NOT NULL AND status IN ('pending', 'approved')",
    [world.ours.tenantId],
  )
  const limit = (rows[0]?.open ?? 0) + 5
  await putInForce(
    world,
    `limits: {tenant: {pendingApprovals: ${limit}}}\nrules:\n  - {name: all, effect: tier_default}\n`,
  )
  const runId = await openRun(key)
  const asked = await Promise.all([0, 1].map(() => postPlan(key, { runId, calls: threeCalls })))
  expect(asked.map(({ status }) => status).toSorted()).toEqual([201, 429])
  const left = await Promise.all(
    [0, 1, 2].map((n) => postPlan(key, { runId, calls: threeCalls.slice(n, n + 1) })),
  )
  expect(left.map(({ status }) => status).toSorted()).toEqual([201, 201, 429])
  await putInForce(world, "rules:\n  - {name: all, effect: tier_default}\n")
})

test("the guard's client makes a plan, waits for it, and takes the server's word only for a hash that fits", async () => {
  const { text: apiKey } = await makeKey(world)
  const client = new DeltasealClient({ url: world.url, apiKey })
  const runId = await openRun(key)
  const parts = [
    { kind: "file", target: { workspace: "main", path: "docs/c.txt" }, before: null, after: { text: "c\n" } },
  ] as const
  const planned = {
    tool: writeFile,
    input: { path: "docs/c.txt", content: "c\n" },
    parts,
    reason: "Asked for.",
  }
  const plan = await client.createPlan({ runId, calls: [planned], useWithinSeconds: 600 })
  const waiting = client.waitForPlan(plan.planId, { deadline: new Date(Date.now() + 60_000) })
  await votePlan(reviewer, plan)
  const decided = await waiting
  expect(decided).toMatchObject({ status: "approved", items: [{ index: 0, status: "approved" }], free: [] })

  const asked = await client.requestToolCall({ runId, ...planned })
  const changeHash = plan.items[0]?.changeHash
  expect(asked).toMatchObject({ decision: "pending", approval: { status: "approved", changeHash } })
  expect((await client.cancelPlan(plan.planId)).status).toBe("cancelled")

  const lying = new DeltasealClient({
    url: world.url,
    apiKey,
    fetch: async (...request) => {
      const text = await (await fetch(...request)).text()
      return new Response(text.replace(plan.planHash, "0".repeat(64)))
    },
  })
  await expect(lying.getPlan(plan.planId)).rejects.toMatchObject({ code: "hash_mismatch" })
})
