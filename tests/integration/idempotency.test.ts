import { afterAll, beforeAll, expect, test } from "vitest"
import { startApi, type Caller, type TestApi } from "../support/api"
import { aWrite, approve, openRun, readFile } from "../support/calls"

let api: TestApi
let key: Caller

beforeAll(async () => {
  api = await startApi()
  key = api.key()
})

afterAll(async () => {
  await api.close()
})

const again = { "idempotency-key": "create-1" }

test("the same create with the same key opens one run", async () => {
  const body = { environment: "prod", workflow: "w", actor: { agent: "claude" } }
  const first = await key.post("/api/v1/runs", body, again)
  const second = await key.post("/api/v1/runs", body, again)

  expect(second.status).toBe(201)
  const { runToken: firstToken, runTokenExpiresAt: _first, ...firstRun } = first.body
  const { runToken: secondToken, runTokenExpiresAt: _second, ...secondRun } = second.body
  expect(secondRun).toEqual(firstRun)
  // A token is never kept to be given out again.
  expect(secondToken).not.toBe(firstToken)
})

test("a repeated tool call is answered with the approval that it made, as it stands now", async () => {
  const call = aWrite(await openRun(key))
  const first = await key.post("/api/v1/tool-calls", call, { "idempotency-key": "call-1" })
  const { approvalId, changeHash } = first.body.approval
  await approve(await api.as("reviewer"), { approvalId, changeHash, runId: "", approval: {} })
  const second = await key.post("/api/v1/tool-calls", call, { "idempotency-key": "call-1" })

  expect(second.status).toBe(202)
  expect(second.body).toMatchObject({
    callId: first.body.callId,
    approval: { approvalId, status: "approved" },
  })
  expect(second.body.approval.diff).toEqual(first.body.approval.diff)
})

test("a repeated read gets a new permit for the same execution until its outcome is known", async () => {
  const call = { runId: await openRun(key), tool: readFile, input: { path: "a" } }
  const headers = { "idempotency-key": "read-1" }
  const first = await key.post("/api/v1/tool-calls", call, headers)
  expect((await key.post("/api/v1/tool-calls", call, headers)).body.executionId).toBe(first.body.executionId)

  const outcome = { status: "applied", observedAfter: [], output: null, receipts: [] }
  await key.post(`/api/v1/executions/${String(first.body.executionId)}/outcome`, outcome)
  expect((await key.post("/api/v1/tool-calls", call, headers)).body.code).toBe("already_consumed")
})

test("a repeated refusal is the same refusal, with one event", async () => {
  const runId = await openRun(key)
  const call = { runId, tool: { ...readFile, name: "unknown" }, input: {} }
  const first = await key.post("/api/v1/tool-calls", call, { "idempotency-key": "deny-1" })
  const second = await key.post("/api/v1/tool-calls", call, { "idempotency-key": "deny-1" })

  expect(second.status).toBe(403)
  expect(second.body.reasons).toEqual(first.body.reasons)
  const { body } = await key.get(`/api/v1/runs/${runId}/events`)
  expect(body.items).toHaveLength(2)
})

test("the same key with another body is refused", async () => {
  const runId = await openRun(key)
  await key.post("/api/v1/tool-calls", aWrite(runId), { "idempotency-key": "call-2" })
  const other = await key.post("/api/v1/tool-calls", aWrite(runId, { reason: "Another." }), {
    "idempotency-key": "call-2",
  })

  expect(other.body.code).toBe("idempotency_mismatch")
})

test("of twelve at once one creates, and no other does", async () => {
  const call = aWrite(await openRun(key))
  const replies = await Promise.all(
    Array.from({ length: 12 }, () => key.post("/api/v1/tool-calls", call, { "idempotency-key": "call-3" })),
  )
  const made = new Set(replies.flatMap(({ body }) => body.callId ?? []))

  expect(made.size).toBe(1)
  expect(replies.every(({ status }) => status === 202 || status === 409)).toBe(true)
})

test("another tenant's key may use the same words", async () => {
  const other = api.key(1)
  const body = { environment: "prod", workflow: "other", actor: { agent: "claude" } }

  expect((await other.post("/api/v1/runs", body, again)).status).toBe(201)
})

test.each(["with space", "ü", "x".repeat(256)])("the key %j is refused", async (header) => {
  const encoded = Buffer.from(header, "utf8").toString("latin1")
  const reply = await key.post("/api/v1/tool-calls", aWrite("run_x"), { "idempotency-key": encoded })

  expect(reply.body.code).toBe("invalid_idempotency_key")
})
