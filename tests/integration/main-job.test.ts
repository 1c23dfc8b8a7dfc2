import { createLocalJWKSet, jwtVerify } from "jose"
import { afterAll, beforeAll, expect, test } from "vitest"
import { startApi, type Caller, type TestApi } from "../support/api"
import { afterState, approve, aWrite, openRun, pendingWrite, readFile, spend } from "../support/calls"

let api: TestApi
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  api = await startApi()
  key = api.key()
  reviewer = await api.as("reviewer")
})

afterAll(async () => {
  await api.close()
})

test("a write waits for a person, is spent once, and its outcome is on record", async () => {
  const pending = await pendingWrite(key)
  expect(pending.approval).toMatchObject({
    status: "pending",
    tool: "write_file",
    tier: "T2_IRREVERSIBLE_WRITE",
    tenantName: "Acme Dental",
    sentence: "Updates docs/a.txt in workspace main",
    required: [{ group: "reviewers", count: 1 }],
    reason: "The client asked for it.",
    reviewUrl: expect.stringMatching(/\/approvals\/appr_/) as string,
  })
  expect(pending.approval.diff.preview).toContain("-beta\n+gamma\n")
  expect((await spend(key, pending)).body.code).toBe("not_approved")

  const voted = await approve(reviewer, pending)
  expect(voted.body).toMatchObject({
    status: "approved",
    votes: [{ decision: "approve", name: "Rhea Novak" }],
  })

  const spent = await spend(key, pending)
  expect(spent.status, spent.text).toBe(200)
  expect(spent.body).toMatchObject({ replayed: false, proof: null })
  const jwks = await (await fetch(`${api.url}/.well-known/jwks.json`)).json()
  const { payload } = await jwtVerify(String(spent.body.permit), createLocalJWKSet(jwks as never), {
    algorithms: ["EdDSA"],
    audience: "workspace",
  })
  expect(payload).toMatchObject({
    jti: spent.body.executionId,
    approvalId: pending.approvalId,
    changeHash: pending.changeHash,
    runId: pending.runId,
    decision: "approved",
  })
  expect(Number(payload.exp) - Number(payload.iat)).toBe(60)

  const outcome = await key.post(`/api/v1/executions/${String(spent.body.executionId)}/outcome`, {
    status: "applied",
    observedAfter: [afterState],
    output: null,
    receipts: [{ type: "file", id: "docs/a.txt" }],
  })
  expect(outcome.body).toMatchObject({ status: "applied", matchesApproved: true, late: false })

  const events = await key.get(`/api/v1/runs/${pending.runId}/events`)
  expect(events.body.items.map(({ eventType }: { eventType: string }) => eventType)).toEqual([
    "run.opened",
    "tool_call.pending",
    "approval.approved",
    "approval.consumed",
    "execution.applied",
  ])
  expect(events.body.items.at(-1)).toMatchObject({
    receipts: [{ type: "file", id: "docs/a.txt" }],
    result: { status: "applied", matchesApproved: true },
    gates: { requiresApproval: true, approvalId: pending.approvalId },
  })
})

test("a denial needs a reason, ends the approval and tells the asker why", async () => {
  const pending = await pendingWrite(key)
  const votes = `/api/v1/approvals/${pending.approvalId}/votes`
  const without = await reviewer.post(votes, { decision: "deny", changeHash: pending.changeHash })
  expect(without.body.code).toBe("reason_required")

  await reviewer.post(votes, { decision: "deny", changeHash: pending.changeHash, reason: "Wrong price." })
  const read = await key.get(`/api/v1/approvals/${pending.approvalId}?wait=5`)
  expect(read.body).toMatchObject({ status: "denied", votes: [{ decision: "deny", reason: "Wrong price." }] })
  expect((await spend(key, pending)).body.code).toBe("denied")
})

test("a read is allowed at once with a permit of its own", async () => {
  const runId = await openRun(key)
  const reply = await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "docs/a.txt" } })
  expect(reply.status, reply.text).toBe(200)
  expect(reply.body).toMatchObject({
    decision: "allow",
    executionId: expect.stringMatching(/^exec_/) as string,
  })
})

test("a long poll answers as soon as somebody decides", async () => {
  const pending = await pendingWrite(key)
  const waiting = key.get(`/api/v1/approvals/${pending.approvalId}?wait=20`)
  await approve(reviewer, pending)

  expect((await waiting).body.status).toBe("approved")
})

test("closing a run cancels what it has open", async () => {
  const pending = await pendingWrite(key)
  const closed = await key.post(`/api/v1/runs/${pending.runId}/close`)
  expect(closed.body.status, closed.text).toBe("closed")
  expect((await key.get(`/api/v1/approvals/${pending.approvalId}`)).body).toMatchObject({
    status: "cancelled",
    endedBecause: "run_closed",
  })
  const late = await key.post("/api/v1/tool-calls", aWrite(pending.runId))
  expect(late.body).toMatchObject({ code: "policy_denied", reasons: [{ code: "run_closed" }] })
})

test("whoever asked may withdraw", async () => {
  const pending = await pendingWrite(key)
  const cancelled = await key.post(`/api/v1/approvals/${pending.approvalId}/cancel`)
  expect(cancelled.body.status, cancelled.text).toBe("cancelled")
  expect((await approve(reviewer, pending)).body.code).toBe("approval_closed")
})

test("what has not changed since is not sent again", async () => {
  const pending = await pendingWrite(key)
  const path = `/api/v1/approvals/${pending.approvalId}`
  const tag = (await key.get(path)).headers.get("etag") ?? ""
  const again = () => fetch(api.url + path, { headers: { ...key.headers, "if-none-match": tag } })

  expect((await again()).status).toBe(304)
  await approve(reviewer, pending)
  expect((await again()).status).toBe(200)
})
