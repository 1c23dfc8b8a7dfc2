import { canonicalize, parseStrictJson, sha256Hex } from "@deltaseal/guard/change"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openContent } from "@/lib/changes/content-seal"
import { type Caller } from "../support/api"
import {
  approve,
  aWrite,
  beforePolicy,
  openRun,
  pendingWrite,
  readFile,
  resultsOf,
  spend,
} from "../support/calls"
import { anOutcome, report } from "../support/deciding"
import { permitIn, putInForce } from "../support/rules"
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

const all = (effect: string, more = "") => `rules:\n  - name: all\n    effect: ${effect}\n${more}`
const asked = async (changes: object = {}, who = key) =>
  who.post("/api/v1/tool-calls", aWrite(await openRun(key), changes))

describe("a rule that lets an irreversible call run", () => {
  beforeAll(() => putInForce(world, all("allow", "    egress: ['https://api.acme.example']\n")))

  test("is named by the answer, the permit's exemption and the event, and again when the call is repeated", async () => {
    const runId = await openRun(key)
    const repeat = { "idempotency-key": "exempt" }
    const first = await key.post("/api/v1/tool-calls", aWrite(runId), repeat)
    const again = await key.post("/api/v1/tool-calls", aWrite(runId), repeat)

    for (const reply of [first, again]) {
      expect(reply.status, reply.text).toBe(200)
      expect(reply.body).toMatchObject({ decision: "allow", matchedRule: "all" })
      expect(resultsOf(reply.body.checks)).toEqual([
        ...beforePolicy,
        ["rule", "pass"],
        ["patchPaths", "not_applicable"],
        ["execute", "pass"],
        ["limits", "pass"],
      ])
      expect(reply.body.checks.at(-1).message).toBe("tools.perMinute 120.")
      expect(permitIn(reply)).toMatchObject({
        decision: "allow",
        exemption: { kind: "policy", rule: "all", policyVersion: 2 },
        egress: ["https://api.acme.example"],
        policyVersion: 2,
      })
      expect(permitIn(reply)).not.toHaveProperty("dryRun")
    }
    const { items } = (await key.get(`/api/v1/runs/${runId}/events`)).body
    const event = items.find(({ eventType }: any) => eventType === "tool_call.allowed")
    expect(event).toMatchObject({ matchedRule: "all", checks: first.body.checks })
  })

  test("gives no exemption to what needs none", async () => {
    const runId = await openRun(key)
    const reply = await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "a" } })
    expect(permitIn(reply)).not.toHaveProperty("exemption")
  })

  test("starts nothing for a key that may not execute", async () => {
    const { caller } = await makeKey(world, { scopes: ["request", "poll"] })
    const reply = await asked({}, caller)
    expect(reply).toMatchObject({ status: 403, body: { reasons: [{ code: "scope_missing" }] } })
  })
})

test("a rule that denies is named by the refusal and by its event", async () => {
  await putInForce(world, all("deny", "    description: Not today\n"))
  const runId = await openRun(key)
  const reply = await key.post("/api/v1/tool-calls", aWrite(runId))

  expect(reply).toMatchObject({
    status: 403,
    body: { code: "policy_denied", reasons: [{ code: "denied_by_rule" }] },
  })
  const { items } = (await key.get(`/api/v1/runs/${runId}/events`)).body
  expect(items.at(-1)).toMatchObject({ eventType: "tool_call.denied", matchedRule: "all" })
  expect(items.at(-1).checks).toContainEqual(expect.objectContaining({ result: "fail", rule: "all" }))
})

test("a call over a limit is told with every other check of it", async () => {
  await putInForce(world, all("allow", "limits: {run: {toolCalls: 1}}\n"))
  const runId = await openRun(key)
  await key.post("/api/v1/tool-calls", aWrite(runId))
  const reply = await key.post("/api/v1/tool-calls", aWrite(runId))

  expect(reply).toMatchObject({ status: 429, body: { code: "limit_exceeded", matchedRule: "all" } })
  expect(resultsOf(reply.body.checks).slice(0, beforePolicy.length)).toEqual(beforePolicy)
  expect(reply.body.checks.at(-1)).toMatchObject({ check: "limits", result: "fail" })
})

test("no rule about a call denies it", async () => {
  await putInForce(world, "rules:\n  - name: other\n    match: {tool: [other]}\n    effect: allow\n")
  expect((await asked()).body.reasons).toMatchObject([{ code: "no_rule_matches" }])
})

test("the rules look at the change that the server has found, whole", async () => {
  await putInForce(world, all("allow", `    when: 'change.added == 1 && "docs/a.txt" in change.paths'\n`))
  const reply = await asked()
  expect(reply.status, reply.text).toBe(200)

  const { rows } = await world.su.query<{ facts_digest: string; wrapped_key: Buffer; sealed: Buffer }>(
    `SELECT c.facts_digest, b.wrapped_key, b.sealed FROM tool_call c
     JOIN blob b ON b.tenant_id = c.tenant_id AND b.digest = c.facts_digest WHERE c.call_id = $1`,
    [reply.body.callId],
  )
  const [row] = rows
  if (row === undefined) throw new Error("There are facts.")
  const bytes = openContent(world.ours.tenantId, row.facts_digest, {
    wrappedKey: row.wrapped_key,
    sealed: row.sealed,
  })
  expect(sha256Hex(bytes)).toBe(row.facts_digest)
  const facts: any = parseStrictJson(bytes)
  expect(canonicalize(facts)).toBe(bytes.toString("utf8"))
  expect(facts).toMatchObject({ change: { paths: ["docs/a.txt"] }, run: { tainted: false }, isDryRun: false })
})

test.each([
  ["is missing", "DELETE FROM policy_version WHERE tenant_id = $1"],
  ["is damaged", "UPDATE policy_version SET document = '\\x7b7d' WHERE tenant_id = $1"],
])("a policy that %s refuses every call, even one that only reads", async (_, breaks) => {
  await putInForce(world, all("allow"))
  await world.su.query(`${breaks} AND version = (SELECT policy_version FROM tenant WHERE tenant_id = $1)`, [
    world.ours.tenantId,
  ])
  const runId = await openRun(key)
  for (const body of [aWrite(runId), { runId, tool: readFile, input: { path: "a" } }]) {
    const reply = await key.post("/api/v1/tool-calls", body)
    expect(reply).toMatchObject({ status: 403, body: { reasons: [{ code: "policy_unavailable" }] } })
  }
})

test("a dry run is asked for, said by every permit, and demanded by a rule", async () => {
  await putInForce(world, all("tier_default", "    dryRun: true\n    egress: ['https://api.acme.example']\n"))
  expect((await asked()).body.reasons).toMatchObject([{ code: "dry_run_required" }])

  const pending = await pendingWrite(key, { dryRun: true })
  expect(pending.approval.isDryRun).toBe(true)
  await approve(reviewer, pending)
  const terms = { dryRun: true, egress: ["https://api.acme.example"] }
  expect(permitIn(await spend(key, pending))).toMatchObject(terms)
  const runId = await openRun(key)
  const read = { runId, tool: readFile, input: { path: "a" }, dryRun: true }
  expect(permitIn(await key.post("/api/v1/tool-calls", read))).toMatchObject(terms)
})

describe("a run that has read what is not trusted", () => {
  const guarded = (what: string) => `tainted: ${what}
rules:
  - name: pages
    match: {tool: [read_file]}
    effect: allow
    taints: true
  - name: rest
    effect: allow
`
  const read = (runId: string) =>
    key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "a" } })

  test("is tainted by the call that reads, for the very next one, which was decided on before", async () => {
    await putInForce(world, guarded("deny"))
    const runId = await openRun(key)
    expect((await key.post("/api/v1/tool-calls", aWrite(runId))).status).toBe(200)
    expect((await key.get(`/api/v1/runs/${runId}`)).body.taintedAt).toBeNull()
    expect((await read(runId)).status).toBe(200)

    const after = await key.post("/api/v1/tool-calls", aWrite(runId))
    expect(after).toMatchObject({ status: 403, body: { reasons: [{ code: "run_tainted" }] } })
    expect((await read(runId)).status).toBe(200)
    expect((await key.get(`/api/v1/runs/${runId}`)).body.taintedAt).not.toBeNull()
    expect((await key.post("/api/v1/tool-calls", aWrite(await openRun(key)))).status).toBe(200)
  })

  test("is tainted by an approved call when it is spent, not when it is asked for", async () => {
    await putInForce(
      world,
      "rules:\n  - {name: all, effect: tier_default, taints: true}\ntainted: require_approval\n",
    )
    const pending = await pendingWrite(key)
    await approve(reviewer, pending)
    expect((await key.get(`/api/v1/runs/${pending.runId}`)).body.taintedAt).toBeNull()
    await spend(key, pending)
    expect((await key.get(`/api/v1/runs/${pending.runId}`)).body.taintedAt).not.toBeNull()
  })

  test("can be said to be by who runs it, once, with one leaf", async () => {
    await putInForce(world, guarded("require_approval"))
    const runId = await openRun(key)
    expect((await key.post("/api/v1/tool-calls", aWrite(runId))).status).toBe(200)
    const { value, leaves } = await newLeaves(world, async () => {
      await key.post(`/api/v1/runs/${runId}/taint`)
      return key.post(`/api/v1/runs/${runId}/taint`)
    })
    expect(value.body.taintedAt).not.toBeNull()
    expect(leaves.map(({ type }) => type)).toEqual(["run.tainted"])
    expect((await key.post("/api/v1/tool-calls", aWrite(runId))).status).toBe(202)
    expect((await world.theirs.key.post(`/api/v1/runs/${runId}/taint`)).status).toBe(404)
  })
})

test("the outcome of an exempt call is taken as any other", async () => {
  await putInForce(world, all("allow"))
  const { body } = await asked()
  expect((await report(key, body.executionId, anOutcome)).body.status).toBe("applied")
})
