import { planHash } from "@deltaseal/guard/change"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { caller, type Caller } from "../support/api"
import { openRun, readFile } from "../support/calls"
import { aFileCall, approvedPlan, pendingPlan, postPlan, threeCalls, votePlan } from "../support/plans"
import { putInForce } from "../support/rules"
import { countRows, makeKey, makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
})
afterAll(() => world.close())

const aRead = { tool: readFile, input: { path: "docs/a.txt" } }
const unknownTool = { ...aRead, tool: { ...readFile, name: "nowhere" } }

async function statusesOf(planId: string): Promise<string[]> {
  const { body } = await reviewer.get(`/api/v1/plans/${planId}`)
  return body.items.map(({ status }: { status: string }) => status)
}

describe("asking for a plan", () => {
  test("makes an approval of each call that needs people and names those that do not", async () => {
    const { value, leaves } = await newLeaves(world, () =>
      pendingPlan(key, {
        calls: [threeCalls[0] ?? {}, aRead, threeCalls[1] ?? {}],
        reason: "Spring cleaning.",
      }),
    )
    const { plan, items, runId, planId } = value
    const changeHashes = items.map(({ changeHash }) => changeHash)

    expect(plan).toMatchObject({
      status: "pending",
      reason: "Spring cleaning.",
      useWithinSeconds: 1_800,
      planHash: planHash({ tenantId: world.ours.tenantId, runId, changeHashes }),
      free: [{ index: 1, tool: readFile }],
    })
    expect(items.map(({ index, status }) => [index, status])).toEqual([
      [0, "pending"],
      [2, "pending"],
    ])
    const { body: approval } = await reviewer.get(`/api/v1/approvals/${items[1].approvalId}`)
    expect(approval).toMatchObject({ planId, status: "pending", useWithinSeconds: 1_800, flags: [] })
    expect(leaves.map(({ type }) => type)).toEqual([
      "run.opened",
      "tool_call.pending",
      "tool_call.pending",
      "plan.created",
    ])
    expect((await key.get(`/api/v1/plans/${planId}`)).body).toEqual(plan)
    expect((await reviewer.get("/api/v1/approvals?status=pending")).body.items[0].planId).toBe(planId)
  })

  test("keeps nothing when one of its calls is refused, and says which and why", async () => {
    const runId = await openRun(key)
    const before = await countRows(world, world.ours.tenantId)
    const refused = await postPlan(key, {
      runId,
      calls: [...threeCalls, unknownTool, { ...aRead, input: {} }],
    })

    expect(refused).toMatchObject({ status: 403, body: { code: "policy_denied" } })
    expect(refused.body.reasons[0]).toMatchObject({
      code: "tool_not_registered",
      path: expect.stringMatching(/^\/calls\/3/),
    })
    expect(refused.body.reasons.at(-1).path).toMatch(/^\/calls\/4/)
    expect(await countRows(world, world.ours.tenantId)).toEqual({
      ...before,
      audit_leaf: String(Number(before["audit_leaf"]) + 1),
      audit_opening: String(Number(before["audit_opening"]) + 1),
    })

    const unchanged = aFileCall("docs/a.txt", "same\n", "same\n")
    expect(await postPlan(key, { runId, calls: [...threeCalls, unchanged] })).toMatchObject({
      status: 422,
      body: { code: "no_change", reasons: [{ path: expect.stringMatching(/^\/calls\/3/) }] },
    })
    expect(await postPlan(key, { runId, calls: [aRead] })).toMatchObject({
      status: 422,
      body: { code: "plan_empty" },
    })
    const many = Array.from({ length: 51 }, () => aRead)
    for (const body of [{ calls: [] }, { calls: many }, { calls: threeCalls, useWithinSeconds: 59 }]) {
      expect((await postPlan(key, { runId, ...body })).body.code).toBe("invalid_request")
    }
  })

  test("again under the same Idempotency-Key gives the same plan, and another body nothing", async () => {
    const runId = await openRun(key)
    const body = { runId, calls: threeCalls }
    const [one, other] = await Promise.all([postPlan(key, body, "once"), postPlan(key, body, "once")])
    const made = [one, other].find(({ status }) => status === 201)
    expect((await postPlan(key, body, "once")).body).toEqual(made?.body)
    expect((await postPlan(key, { ...body, reason: "x" }, "once")).body.code).toBe("idempotency_mismatch")
    const { body: list } = await key.get(`/api/v1/plans?runId=${runId}`)
    expect(list.items.map(({ planId }: { planId: string }) => planId)).toEqual([made?.body.planId])
  })

  test("takes a key that may ask, in a run that is open and reached", async () => {
    const runId = await openRun(key)
    const body = { runId, calls: threeCalls }
    const poll = (await makeKey(world, { scopes: ["poll"] })).caller
    expect((await postPlan(poll, body)).body.code).toBe("scope_missing")
    expect((await postPlan(world.key(1), body)).status).toBe(404)
    const { body: run } = await key.post(`/api/v1/runs/${runId}/token`)
    const withToken = caller(world.url, { authorization: `Bearer ${run.runToken}` })
    const token = await pendingPlan(withToken, { runId })
    expect(token.plan.status).toBe("pending")

    await key.post(`/api/v1/runs/${runId}/close`)
    expect(await statusesOf(token.planId)).toEqual(["cancelled", "cancelled", "cancelled"])
    expect(await postPlan(key, body)).toMatchObject({
      status: 403,
      body: {
        code: "policy_denied",
        reasons: expect.arrayContaining([expect.objectContaining({ code: "run_closed" })]),
      },
    })
  })

  test("judges what is expected at a target along the plan", async () => {
    const along = await approvedPlan(key, reviewer, {
      calls: [
        aFileCall("docs/along.txt", "one\n", "two\n"),
        aFileCall("docs/along.txt", "two\n", "three\n"),
        aFileCall("docs/along.txt", "not three\n", "four\n"),
      ],
    })
    expect(along.items.map(({ flags }) => flags)).toEqual([[], [], ["before_unexpected"]])
  })
})

describe("voting on a plan", () => {
  test("approves every item of exactly what was seen, once, and gives them the plan's time", async () => {
    const planned = await pendingPlan(key, { useWithinSeconds: 7_200 })
    const [first] = planned.items
    expect((await votePlan(reviewer, planned, { planHash: first.changeHash })).body.code).toBe(
      "hash_mismatch",
    )
    const { value, leaves } = await newLeaves(world, () => votePlan(reviewer, planned))

    expect(value).toMatchObject({ status: 200, body: { status: "approved" } })
    expect(leaves.map(({ type }) => type)).toEqual([
      ...Array<string>(3).fill("approval.approved"),
      "plan.voted",
    ])
    for (const { approvalId } of planned.items) {
      const { body } = await reviewer.get(`/api/v1/approvals/${approvalId}`)
      expect(Date.parse(body.useBy) - Date.parse(body.decidedAt)).toBeCloseTo(7_200_000, -2)
    }
    expect(await votePlan(reviewer, planned)).toMatchObject({ status: 409, body: { code: "plan_closed" } })
  })

  test("keeps to a shorter time that a rule names", async () => {
    await putInForce(world, "rules:\n  - {name: all, effect: tier_default, approval: {useWithin: 2m}}\n")
    const { items } = await pendingPlan(key)
    await putInForce(world, "rules:\n  - {name: all, effect: tier_default}\n")
    const { body } = await reviewer.get(`/api/v1/approvals/${items[0].approvalId}`)
    expect(body.useWithinSeconds).toBe(120)
  })

  test("counts on all items or on none", async () => {
    const planned = await pendingPlan(key)
    const approvalIds = planned.items.map(({ approvalId }) => approvalId)
    const [, second] = planned.items
    const deny = { decision: "deny", changeHash: second.changeHash, reason: "Not this one." }
    await reviewer.post(`/api/v1/approvals/${second.approvalId}/votes`, deny)

    expect((await votePlan(reviewer, planned, { approvalIds })).body.code).toBe("approval_closed")
    expect(
      (await votePlan(reviewer, planned, { approvalIds: ["appr_01J00000000000000000000000"] })).body.code,
    ).toBe("invalid_request")
    expect(await statusesOf(planned.planId)).toEqual(["pending", "denied", "pending"])
    expect((await votePlan(reviewer, planned)).body.status).toBe("approved")
    expect(await statusesOf(planned.planId)).toEqual(["approved", "denied", "approved"])
  })

  test("refuses the whole where one item wants a reason or somebody else", async () => {
    const rule = (name: string, tool: string, approval: string) =>
      `  - {name: ${name}, match: {tool: [${tool}]}, effect: require_approval, approval: {${approval}}}\n`
    await putInForce(
      world,
      `rules:\n${rule("files", "write_file", "reasonRequired: false")}${rule("strict", "read_file", "reasonRequired: true, stages: [{group: admins, count: 1}]")}`,
    )
    const read = {
      ...aRead,
      change: { parts: [{ kind: "call", target: { server: "workspace", name: "read_file" } }] },
    }
    const planned = await pendingPlan(key, { calls: [...threeCalls, read] })
    await putInForce(world, "rules:\n  - {name: all, effect: tier_default}\n")

    expect((await votePlan(reviewer, planned, { reason: "Fine." })).body.code).toBe("forbidden")
    expect((await votePlan(await world.as("admin"), planned)).body.code).toBe("reason_required")
    expect((await votePlan(reviewer, planned, { decision: "deny" })).body.code).toBe("reason_required")
    expect(await statusesOf(planned.planId)).toEqual(Array(4).fill("pending"))
    const owned = (await makeKey(world, { ownerId: (await ownReviewer()).personId })).caller
    const own = await pendingPlan(owned)
    expect((await votePlan((await ownReviewer()).caller, own)).body.code).toBe("separation_of_duties")
    const denied = await votePlan(reviewer, planned, { decision: "deny", reason: "No." })
    expect(denied.body).toMatchObject({ status: "denied" })
  })

  test("counts two people who vote at once, each once", async () => {
    await putInForce(
      world,
      "rules:\n  - {name: all, effect: require_approval, approval: {stages: [{group: reviewers, count: 2}]}}\n",
    )
    const planned = await pendingPlan(key)
    const [first] = planned.items
    const vote = { decision: "approve", changeHash: first.changeHash }
    expect((await reviewer.post(`/api/v1/approvals/${first.approvalId}/votes`, vote)).status).toBe(200)
    const { caller: other } = await makePerson(world, { role: "reviewer" })
    const both = await Promise.all([votePlan(reviewer, planned), votePlan(other, planned)])
    await putInForce(world, "rules:\n  - {name: all, effect: tier_default}\n")

    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(await statusesOf(planned.planId)).toEqual(["approved", "approved", "approved"])
    const { rows } = await world.su.query(
      "SELECT count(*)::int AS votes FROM vote JOIN approval USING (tenant_id, approval_id) WHERE plan_id = $1",
      [planned.planId],
    )
    expect(rows[0].votes).toBe(6)
  })

  let ours: Awaited<ReturnType<typeof makePerson>> | undefined
  async function ownReviewer() {
    return (ours ??= await makePerson(world, { role: "reviewer" }))
  }
})

describe("a plan that waits", () => {
  test("is waited for until nothing of it waits any more", async () => {
    const planned = await pendingPlan(key)
    const waiting = key.get(`/api/v1/plans/${planned.planId}?wait=25`)
    await votePlan(reviewer, planned)
    expect((await waiting).body.status).toBe("approved")
  })

  test("is cancelled by who asked for it or an admin, with all that is open of it", async () => {
    const planned = await pendingPlan(key)
    const path = `/api/v1/plans/${planned.planId}/cancel`
    expect((await (await makeKey(world)).caller.post(path)).body.code).toBe("forbidden")
    expect((await reviewer.post(path)).body.code).toBe("forbidden")
    const { value, leaves } = await newLeaves(world, () => key.post(path))
    expect(value.body.status).toBe("cancelled")
    expect(leaves.map(({ type }) => type)).toEqual([
      "plan.cancelled",
      ...Array<string>(3).fill("approval.cancelled"),
    ])
    expect((await (await world.as("admin")).post(path)).body.code).toBe("plan_closed")
  })

  test.each([
    ["pending", ["consumed", "approved", "pending"]],
    ["approved", ["denied", "approved", "consumed"]],
    ["done", ["consumed", "denied", "cancelled"]],
    ["denied", ["expired", "cancelled", "denied"]],
    ["cancelled", ["stale", "cancelled", "expired"]],
    ["expired", ["stale", "expired", "expired"]],
  ])("is %s with items that are %s, and listed so, only to who may see its run", async (expected, items) => {
    const planned = await approvedPlan(key, reviewer)
    for (const [index, status] of items.entries()) {
      const values = [status, planned.items[index].approvalId]
      await world.su.query("UPDATE approval SET status = $1 WHERE approval_id = $2", values)
    }
    const ids = async (who: Caller, query: string) =>
      (await who.get(`/api/v1/plans?${query}`)).body.items.map(({ planId }: { planId: string }) => planId)
    const run = `runId=${planned.runId}`
    expect((await reviewer.get(`/api/v1/plans/${planned.planId}`)).body.status).toBe(expected)
    for (const status of ["pending", "approved", "denied", "expired", "cancelled", "done"]) {
      const found = await ids(reviewer, `${run}&status=${status}`)
      expect([status, found]).toEqual([status, status === expected ? [planned.planId] : []])
    }
    expect(await ids(world.key(1), run)).toEqual([])
    expect(await ids((await makeKey(world, { environments: ["dev"] })).caller, run)).toEqual([])
  })
})
