import { afterAll, beforeAll, expect, test } from "vitest"
import { startApi, type TestApi } from "../support/api"
import { pendingWrite } from "../support/calls"

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(async () => {
  await api.close()
})

test.each([
  ["DELETE", "/api/v1/runs", "POST, GET, HEAD"],
  ["PATCH", "/api/v1/approvals/appr_x", "GET, HEAD"],
  ["GET", "/api/v1/tool-calls", "POST"],
])("%s %s says what the path offers instead", async (method, path, allowed) => {
  const response = await fetch(api.url + path, { method })

  expect(response.status).toBe(405)
  expect(response.headers.get("allow")).toBe(allowed)
  expect(await response.json()).toMatchObject({ code: "method_not_allowed" })
})

test("a reason that is too long has a code of its own, at the limit it has none", async () => {
  const key = api.key()
  const pending = await pendingWrite(key, { reason: "é".repeat(1024) })
  const { body } = await (
    await api.as("reviewer")
  ).post(`/api/v1/approvals/${pending.approvalId}/votes`, {
    decision: "deny",
    changeHash: pending.changeHash,
    reason: `${"é".repeat(1024)}.`,
  })

  expect(body).toMatchObject({ code: "reason_too_long", reasons: [{ path: "/reason" }] })
})

test("the page that a problem links to is there", async () => {
  const { body } = await api.key().get("/api/v1/runs/run_none")
  const page = await fetch(api.url + String(body.type))

  expect(page.status).toBe(200)
  expect(await page.text()).toContain("# not_found")
})

test("a request forged from elsewhere is refused and on record", async () => {
  const pending = await pendingWrite(api.key())
  const reviewer = await api.as("reviewer")
  const votes = `/api/v1/approvals/${pending.approvalId}/votes`
  const vote = { decision: "approve", changeHash: pending.changeHash }
  const forged = await reviewer.post(votes, vote, { origin: "https://elsewhere.example" })
  expect(forged.body.code).toBe("csrf_failed")

  const { body } = await api.key().get(`/api/v1/runs/${pending.runId}/events`)
  expect(body.items.at(-1)).toMatchObject({ eventType: "request.refused", result: { code: "csrf_failed" } })
})
