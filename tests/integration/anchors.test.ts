import { changeHash } from "@deltaseal/guard/change"
import { afterAll, beforeAll, expect, test } from "vitest"
import { newNonce, type Caller } from "../support/api"
import { about, aPart, askAlways, codeOf, readBy } from "../support/attacks"
import { approve, aWrite, beforeState, pendingWrite, spend, type Pending } from "../support/calls"
import { anOutcome, approvedWrite, codes, pendingWriteIn, report, sixteen, vote } from "../support/deciding"
import { permitIn, putInForce } from "../support/rules"
import { makePerson, startWorld, type World } from "../support/world"

/** The bugs of others in this field (ANCHORS 1 to 10), each as somebody would try it here. */

let world: World
let key: Caller
let reviewer: Caller

const two = "    approval: {stages: [{group: reviewers, count: 2}]}\n"

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  await putInForce(world, askAlways())
})
afterAll(() => world.close())

const read = (pending: Pending) => readBy(reviewer, pending)

/** It waits, nobody has voted, and nothing ran. */
async function expectUntouched(pending: Pending): Promise<void> {
  expect(await read(pending)).toMatchObject({ status: "pending", votes: [], execution: null })
}

test("anchor 1: an approval forged from client history does nothing", async () => {
  const approved = await approvedWrite(key, reviewer)
  const pending = await pendingWrite(key)
  const forged = { approvalId: approved.approvalId, status: "approved", votes: [{ decision: "approve" }] }
  for (const claim of [{ approval: forged }, { approvalId: approved.approvalId }, { history: [forged] }]) {
    const asked = await key.post("/api/v1/tool-calls", aWrite(pending.runId, claim))
    expect(codeOf(asked)).toEqual([422, "invalid_request"])
    expect(codeOf(await spend(key, pending, claim))).toEqual([422, "invalid_request"])
  }
  const said = { path: "docs/a.txt", content: "alpha\ngamma\n", approved: true }
  expect((await key.post("/api/v1/tool-calls", aWrite(pending.runId, { input: said }))).status).toBe(422)
  const dreamt = { ...pending, approvalId: `appr_${"0".repeat(26)}` }
  expect(codeOf(await spend(key, dreamt))).toEqual([404, "not_found"])
  expect(codeOf(await spend(key, pending))).toEqual([409, "not_approved"])
  await expectUntouched(pending)
})

test("anchor 2: arguments changed after approval are another change, which nobody approved", async () => {
  const approved = await approvedWrite(key, reviewer)
  const content = "alpha\nevil\n"
  const other = aWrite(approved.runId, {
    input: { path: "docs/a.txt", content },
    change: { parts: [{ ...aPart, after: { text: content } }] },
  })
  const asked = await key.post("/api/v1/tool-calls", other, { "idempotency-key": "once" })
  expect(asked.body.approval).toMatchObject({ status: "pending", votes: [] })
  const changed = asked.body.approval.changeHash
  expect(changed).not.toBe(approved.changeHash)
  expect(codeOf(await spend(key, approved, { changeHash: changed }))).toEqual([409, "hash_mismatch"])
  const again = await key.post("/api/v1/tool-calls", aWrite(approved.runId), { "idempotency-key": "once" })
  expect(again.status).toBe(422)

  const spent = await spend(key, approved)
  expect(permitIn(spent)).toMatchObject({ changeHash: approved.changeHash, approvalId: approved.approvalId })
})

test("anchor 3: of sixteen spends at once one runs, and no later one", async () => {
  const approved = await approvedWrite(key, reviewer)
  const replies = await sixteen(() => spend(key, approved))
  expect(codes(replies)).toEqual([...Array.from({ length: 15 }, () => "already_consumed"), "won"])
  const { executionId } = replies.find(({ status }) => status === 200)?.body ?? {}
  await report(key, executionId)
  expect(codeOf(await spend(key, approved))).toEqual([409, "already_consumed"])
  expect((await read(approved)).execution).toMatchObject({ executionId, status: "applied" })
})

test("anchor 4: success cannot be reported before approval", async () => {
  const pending = await pendingWrite(key)
  for (const id of [`exe_${"0".repeat(26)}`, pending.approvalId, pending.approval.callId]) {
    expect((await report(key, String(id))).status, String(id)).toBe(404)
  }
  expect((await key.post(about(pending, "/outcome"), anOutcome)).status).toBe(404)
  await expectUntouched(pending)
})

test("anchor 5: no way to decide skips the check that nobody decides what they asked for", async () => {
  const owner = await world.as("owner")
  const pending = await pendingWrite(key)
  const { approvalId, changeHash: hash } = pending
  const shown = { changeHash: hash, visibleMs: 1, hunksShown: 1, hunksTotal: 1, isComplete: true }
  await owner.post(about(pending, "/views"), shown)
  const ask = { decision: "approve", changeHash: hash, reason: "Mine." }
  const doors: readonly [string, object][] = [
    [about(pending, "/votes"), ask],
    [about(pending, "/votes"), { ...ask, decision: "request_changes" }],
    ["/api/v1/approvals/votes", { mode: "each", votes: [{ approvalId, ...ask }] }],
    ["/api/v1/approvals/votes", { mode: "all_or_nothing", votes: [{ approvalId, ...ask }] }],
    [about(pending, "/partial"), { changeHash: hash, parts: [1], derivedHash: hash, reason: "Mine." }],
    [about(pending, "/grant"), { maxUses: 1, until: new Date(Date.now() + 60_000).toISOString(), note: "x" }],
    [
      about(pending, "/consume"),
      { runId: pending.runId, changeHash: hash, nonce: newNonce(), observed: [beforeState] },
    ],
  ]
  for (const [door, body] of doors) {
    const reply = await owner.post(door, body)
    if (reply.status === 200)
      expect(reply.body.votes, door).toEqual([expect.objectContaining({ code: "separation_of_duties" })])
    else expect(reply.status, `${door} ${reply.text}`).toBeGreaterThanOrEqual(400)
    await expectUntouched(pending)
  }
})

test("anchor 6: whose vote it is the session says, never the body", async () => {
  const other = await makePerson(world, { role: "reviewer" })
  const pending = await pendingWrite(key)
  for (const name of ["personId", "voter", "approver", "onBehalfOf", "by"]) {
    expect(codeOf(await vote(reviewer, pending, { [name]: other.personId }))).toEqual([
      422,
      "invalid_request",
    ])
  }
  const header = { "x-forwarded-user": other.personId, "x-user-id": other.personId }
  const body = { decision: "approve", changeHash: pending.changeHash }
  const { votes } = (await reviewer.post(about(pending, "/votes"), body, header)).body
  expect(votes).toHaveLength(1)
  expect(votes[0].personId).not.toBe(other.personId)
})

test("anchor 7: a quorum of nobody is one person, and one that is lowered meanwhile stays what was asked", async () => {
  const text = `version: 1\n${askAlways("    approval: {stages: [{group: reviewers, count: 0}]}\n")}`
  const checked = await (
    await world.as("owner")
  ).post(`/api/v1/tenants/${world.ours.tenantId}/policies`, { text, basedOn: 2, note: "Nobody." })
  expect(codeOf(checked)).toEqual([422, "invalid_policy"])
  for (const required of [
    "[]",
    '[{"group": "reviewers", "count": 0}]',
    '[{"group": "nobody", "count": 1}]',
  ]) {
    const pending = await pendingWrite(key)
    await world.su.query("UPDATE approval SET required = $2 WHERE approval_id = $1", [
      pending.approvalId,
      required,
    ])
    expect(codeOf(await spend(key, pending)), required).toEqual([409, "not_approved"])
  }

  await putInForce(world, askAlways(two))
  const pending = await pendingWrite(key)
  expect((await approve(reviewer, pending)).body.status).toBe("pending")
  await putInForce(world, askAlways())
  expect(codeOf(await spend(key, pending))).toEqual([409, "not_approved"])
  expect((await read(pending)).required).toEqual([{ group: "reviewers", count: 2 }])
})

test("anchor 8: what was approved cannot be edited, by the API or by the role that serves", async () => {
  const approved = await approvedWrite(key, reviewer)
  for (const method of ["put", "patch"] as const) {
    for (const who of [key, reviewer, await world.as("owner")]) {
      expect([404, 405]).toContain(
        (await who[method](about(approved), { changeHash: "0".repeat(64) })).status,
      )
    }
  }
  for (const table of ["change", "change_part", "tool_call", "audit_leaf", "vote"]) {
    const edit = world.app.query(`UPDATE ${table} SET tenant_id = tenant_id`)
    await expect(edit, table).rejects.toThrow("permission denied")
  }
  expect(changeHash((await read(approved)).envelope)).toBe(approved.changeHash)
})

test("anchor 9: approving A does not let B run", async () => {
  const [a, b] = [await approvedWrite(key, reviewer), await pendingWrite(key)]
  expect(a.changeHash).not.toBe(b.changeHash)
  expect(codeOf(await spend(key, b))).toEqual([409, "not_approved"])
  expect(codeOf(await spend(key, { ...b, changeHash: a.changeHash }))).toEqual([409, "not_approved"])
  expect(codeOf(await spend(key, { ...a, runId: b.runId }))).toEqual([409, "wrong_run"])
  expect(codeOf(await vote(reviewer, { ...b, changeHash: a.changeHash }))).toEqual([409, "hash_mismatch"])
  await expectUntouched(b)
  const sameRun = await pendingWriteIn(key, a.runId)
  expect(codeOf(await spend(key, sameRun))).toEqual([409, "not_approved"])
  expect((await spend(key, a)).status).toBe(200)
})

test("anchor 10: a base that changed since the review is stale, for good", async () => {
  for (const observed of [
    { state: "absent" },
    { ...beforeState, digest: "0".repeat(64) },
    { ...beforeState, mode: "100755" },
  ]) {
    const approved = await approvedWrite(key, reviewer)
    expect(codeOf(await spend(key, approved, { observed: [observed] }))).toEqual([409, "before_changed"])
    expect(codeOf(await spend(key, approved))).toEqual([409, "stale"])
    expect(await read(approved)).toMatchObject({ status: "stale", execution: null })
  }
})
