import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { forgetPolicies } from "@/lib/policies/policies.service"
import { type Caller } from "../support/api"
import { aWrite, openRun, readFile } from "../support/calls"
import { putInForce } from "../support/rules"
import { countRows, makeKey, makePerson, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let admin: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  admin = await world.as("admin")
})
afterAll(() => world.close())

const all = (effect: string, more = "") => `rules:\n  - name: all\n    effect: ${effect}\n${more}`
const ofCall = async (callId: string, under = "", who = admin) =>
  who.get(`/api/v1/calls/${callId}/replay${under === "" ? "" : `?under=${under}`}`)
const ofRun = async (runId: string, rest = "", who = admin) =>
  who.get(`/api/v1/runs/${runId}/replay${rest === "" ? "" : `?${rest}`}`)
const newCall = async () => (await key.post("/api/v1/tool-calls", aWrite(await openRun(key)))).body

async function deniedCall(): Promise<string> {
  const runId = await openRun(key)
  await key.post("/api/v1/tool-calls", aWrite(runId))
  return (await ofRun(runId)).body.items[0].callId
}

describe("a decision explained again", () => {
  test("under the version that decided it comes out the same, with each check; under the one in force now as that says", async () => {
    await putInForce(world, all("require_approval", "    when: 'change.added == 1'\n"))
    const { callId, approval } = await newCall()
    await putInForce(world, `rules:\n  - name: never\n    effect: deny\n`)
    const rows = await countRows(world, world.ours.tenantId)

    const then = await ofCall(callId)
    expect(then.status, then.text).toBe(200)
    expect(then.body).toMatchObject({
      ...{ callId, approvalId: approval.approvalId, isSame: true, untold: null },
      was: { answer: "pending", rule: "all", policyVersion: 2 },
      now: { answer: "pending", rule: "all", policyVersion: 2, reasons: [] },
    })
    expect(then.body.now.checks).not.toEqual([])
    expect(approval.checks).toEqual(expect.arrayContaining(then.body.now.checks))
    expect((await ofCall(callId, "inForce")).body).toMatchObject({
      isSame: false,
      was: { answer: "pending", policyVersion: 2 },
      now: { answer: "deny", rule: "never", policyVersion: 3, reasons: [{ code: "denied_by_rule" }] },
    })
    expect(await countRows(world, world.ours.tenantId)).toEqual(rows)
  })

  test("says of a refusal why, as it was said then", async () => {
    const callId = await deniedCall()
    const { was, now, isSame } = (await ofCall(callId)).body
    expect(isSame).toBe(true)
    expect(was).toMatchObject({ answer: "deny", rule: "never" })
    expect(now.reasons).toEqual(was.reasons)
  })

  test("is not guessed at when what the policy looked at is gone or was never recorded", async () => {
    const [erased, old] = [await deniedCall(), (await newCallAllowed()).callId]
    await world.su.query(
      `UPDATE blob SET sealed = '\\x00' WHERE digest = (SELECT facts_digest FROM tool_call WHERE call_id = $1)`,
      [erased],
    )
    await world.su.query("UPDATE tool_call SET facts_digest = NULL, checks = NULL WHERE call_id = $1", [old])

    const nothing = { now: null, isSame: null }
    expect((await ofCall(erased)).body).toMatchObject({ ...nothing, untold: "gone" })
    expect((await ofCall(old)).body).toMatchObject({ ...nothing, untold: "unrecorded" })
  })

  test("says when no policy refused it", async () => {
    const runId = await openRun(key)
    await key.post("/api/v1/tool-calls", { runId, tool: { ...readFile, name: "nothing" }, input: {} })
    expect((await ofRun(runId)).body.items).toMatchObject([
      { untold: "refused_otherwise", was: { answer: "deny", reasons: [{ code: "tool_not_registered" }] } },
    ])
  })

  test("says when the version that decided it can no longer be read", async () => {
    const { callId } = await newCallAllowed()
    await world.su.query(
      "UPDATE policy_version SET digest = 'x' WHERE version = (SELECT max(version) FROM policy_version)",
    )
    forgetPolicies()
    expect((await ofCall(callId)).body).toMatchObject({ untold: "policy_unavailable", now: null })
    await putInForce(world, all("allow"))
  })

  async function newCallAllowed(): Promise<{ callId: string }> {
    await putInForce(world, all("allow"))
    return newCall()
  }
})

test("a run's calls are explained oldest first, a page at a time, each once", async () => {
  await putInForce(world, all("allow"))
  const runId = await openRun(key)
  const made: string[] = []
  for (let index = 0; index < 52; index += 1) {
    const reply = await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: `${index}` } })
    made.push(reply.body.callId)
  }
  await newCall()

  const first = (await ofRun(runId)).body
  const second = (await ofRun(runId, `cursor=${first.nextCursor}`)).body
  const seen = [...first.items, ...second.items].map(({ callId }: any) => callId)
  expect([first.items.length, second.items.length, second.nextCursor]).toEqual([50, 2, null])
  expect(seen).toEqual([...made].sort())
  expect(await ofRun(runId, "cursor=evt_x")).toMatchObject({ status: 422, body: { code: "invalid_cursor" } })
  expect(await ofRun(runId, "under=later")).toMatchObject({ status: 422, body: { code: "invalid_request" } })
})

test("who may read a run's events may have them explained, in the environments of their key", async () => {
  const runId = await openRun(key)
  const [audits, other, executes] = [
    await makeKey(world, { scopes: ["audit:read"] }),
    await makeKey(world, { scopes: ["poll"], environments: ["dev"] }),
    await makeKey(world, { scopes: ["execute"] }),
  ]
  const auditor = (await makePerson(world, { role: "auditor" })).caller
  expect((await ofRun(runId, "", audits.caller)).status).toBe(200)
  expect((await ofRun(runId, "", auditor)).status).toBe(200)
  expect((await ofRun(runId, "", other.caller)).status).toBe(404)
  expect((await ofRun(runId, "", executes.caller)).body.code).toBe("scope_missing")
})
