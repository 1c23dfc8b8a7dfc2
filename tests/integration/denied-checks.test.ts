import { afterAll, beforeAll, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { aWrite, openRun, readFile, resultsOf } from "../support/calls"
import { putInForce } from "../support/rules"
import { makeKey, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let runId: string

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  runId = await openRun(key)
})
afterAll(() => world.close())

const failed = (checks: readonly any[]) => checks.filter(({ result }) => result === "fail")

test("a call refused before the policy is asked says of every check what came of it, now and when asked again", async () => {
  const headers = { "idempotency-key": "denied-checks-1" }
  const asked = { runId, tool: { ...readFile, name: "unheard_of" }, input: {} }
  const reply = await key.post("/api/v1/tool-calls", asked, headers)

  expect(reply.status).toBe(403)
  expect(reply.body.matchedRule).toBeNull()
  expect(resultsOf(reply.body.checks)).toEqual([
    ["key", "pass"],
    ["run", "pass"],
    ["environment", "pass"],
    ["registered", "fail"],
    ["tier", "error"],
    ["allowlist", "error"],
    ["runTools", "pass"],
    ["input", "error"],
    ["tenantIds", "pass"],
    ["change", "error"],
    ["idempotencyKey", "error"],
    ["policy", "not_applicable"],
    ["limits", "not_applicable"],
  ])
  const again = await key.post("/api/v1/tool-calls", asked, headers)
  expect({ ...again.body, requestId: "" }).toEqual({ ...reply.body, requestId: "" })
})

test("an input that does not fit fails its check and no other", async () => {
  const reply = await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: 7 } })

  expect(reply.status).toBe(422)
  expect(failed(reply.body.checks)).toMatchObject([{ check: "input", rule: null }])
})

test("a call of T2 without an Idempotency-Key is refused and recorded, and with one it is not", async () => {
  const send = async (more: Record<string, string>) => {
    const response = await fetch(`${world.url}/api/v1/tool-calls`, {
      method: "POST",
      headers: { ...key.headers, "content-type": "application/json", ...more },
      body: JSON.stringify(aWrite(runId)),
    })
    return { status: response.status, body: await response.json() }
  }
  const { status, body } = await send({})

  expect([status, body.code]).toEqual([422, "idempotency_key_required"])
  expect(failed(body.checks)).toMatchObject([{ check: "idempotencyKey" }])
  const { items } = (await key.get(`/api/v1/runs/${runId}/events`)).body
  expect(items.at(-1)).toMatchObject({ eventType: "tool_call.denied", checks: body.checks })
  expect((await send({ "idempotency-key": "one" })).status).toBe(202)
})

test("another tenant's id is refused without a word of whether there is one", async () => {
  const asked = (id: string) =>
    key.post("/api/v1/tool-calls", aWrite(runId, { input: { path: "a", content: "b", tenantId: id } }))
  const theirs = await asked(world.theirs.tenantId)
  const nobodys = await asked("ten_01J00000000000000000000000")

  expect(failed(theirs.body.checks)).toMatchObject([{ check: "input" }, { check: "tenantIds" }])
  expect({ ...theirs.body, requestId: "" }).toEqual({ ...nobodys.body, requestId: "" })
  expect(theirs.text).not.toContain(world.theirs.tenantId)
})

test("a rule that refuses is named with its checks, and an event of the run says the same", async () => {
  await putInForce(
    world,
    "rules:\n  - {name: all, effect: tier_default}\n  - {name: no-writes, match: {tool: [write_file]}, effect: deny}\n",
  )
  const reply = await key.post("/api/v1/tool-calls", aWrite(runId))

  expect(reply.body).toMatchObject({ code: "policy_denied", matchedRule: "no-writes" })
  expect(failed(reply.body.checks)).toMatchObject([{ rule: "no-writes" }])
  expect(resultsOf(reply.body.checks).slice(0, 2)).toEqual([
    ["key", "pass"],
    ["run", "pass"],
  ])
  const { body } = await key.get(`/api/v1/runs/${runId}/events`)
  const events = body.items.filter(({ matchedRule }: any) => matchedRule === "no-writes")
  expect(events.map(({ checks }: any) => checks)).toEqual([reply.body.checks])
})

test("a key that may only ask is put before the rules: what they let run at once it may not, what waits it may", async () => {
  const { caller: asker } = await makeKey(world, { scopes: ["request", "poll"] })
  const read = { runId, tool: readFile, input: { path: "docs/a.txt" } }
  const reading = await asker.post("/api/v1/tool-calls", read)
  expect(reading.body.reasons).toMatchObject([{ code: "scope_missing" }])
  expect(failed(reading.body.checks)).toMatchObject([{ check: "execute" }])

  await putInForce(world, "rules:\n  - {name: people, effect: require_approval}\n")
  const { change } = aWrite(runId)
  const pending = await asker.post("/api/v1/tool-calls", { ...read, change })
  expect(pending.status).toBe(202)
  expect(resultsOf(pending.body.approval.checks).slice(-2)).toEqual([
    ["execute", "not_applicable"],
    ["limits", "not_applicable"],
  ])
})
