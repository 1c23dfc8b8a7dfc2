import { afterAll, beforeAll, expect, test } from "vitest"
import { simulateForAWhile } from "@/lib/jobs/simulate"
import type { Caller } from "../support/api"
import { openRun, pendingWrite, readFile } from "../support/calls"
import { repeatCalls } from "../support/repeated-calls"
import { makePerson, startWorld, type World } from "../support/world"

let world: World
let theirs: string
let stranger: Caller

const simulated = async (text: string): Promise<any> => {
  const started = await stranger.post(theirs, { text, days: 7 })
  if (started.status !== 202) throw new Error(started.text)
  while (await simulateForAWhile()) continue
  return (await stranger.get(`${theirs}/${started.body.simulationId}`)).body
}

beforeAll(async () => {
  world = await startWorld()
  const { agencyId, tenantId, key } = world.theirs
  theirs = `/api/v1/tenants/${tenantId}/policies/simulations`
  ;({ caller: stranger } = await makePerson(world, { role: "owner", agencyId }))
  const runId = await openRun(key)
  const read = await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "a" } })
  expect(read.status, read.text).toBe(200)
  await repeatCalls(world, 69, { tenantId, decision: "allow" })
})

afterAll(() => world.close())

// 70 calls of one run in one minute, in more than one piece.
test.each([
  ["run: {toolCalls: 55}", "run.toolCalls", 15],
  ["run: {toolCalls: 60}, tools: [{server: '*', tool: '*', perMinute: 55}]", "tools.perMinute", 15],
  ["run: {writes: 1}, tenant: {messagesPerDay: 1}", null, 0],
] as const)("a draft's limits are counted over the calls in their order: %s", async (limits, name, calls) => {
  const said = await simulated(`version: 1\nrules:\n  - {name: all, effect: allow}\nlimits: {${limits}}\n`)
  const refused = calls === 0 ? [] : [{ was: "allow", now: "deny", calls }]
  expect(said).toMatchObject({
    ...{ status: "done", done: 70, changed: calls },
    overLimits: name === null ? [] : [{ limit: name, calls }],
    counts: [{ was: "allow", now: "allow", calls: 70 - calls }, ...refused],
  })
  const { items } = (await stranger.get(`${theirs}/${said.simulationId}/calls`)).body
  const reasons = items.map((item: any) => item.reasons[0].code)
  expect(reasons).toEqual(Array.from({ length: calls }, () => "limit_exceeded"))
  const { rows } = await world.su.query("SELECT count(*)::int AS kept FROM simulated_use")
  expect(rows).toEqual([{ kept: 0 }])
})

test("a draft's grant ends where its uses do, and then the draft is asked without it", async () => {
  const { approvalId } = await pendingWrite(world.theirs.key)
  await repeatCalls(world, 3, { tenantId: world.theirs.tenantId, decision: "pending" })
  const until = new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+/, "")
  const said = await simulated(
    [
      "version: 1",
      "rules:",
      "  - {name: all, effect: tier_default}",
      "  - name: grant-nightly",
      "    match: {server: [workspace], tool: [write_file]}",
      "    effect: allow",
      "    paths: {allow: [docs/a.txt]}",
      `    grant: {from: ${approvalId}, ops: [update], maxUses: 3, until: "${until}"}`,
      "",
    ].join("\n"),
  )
  expect(said.counts).toEqual([
    { was: "allow", now: "allow", calls: 70 },
    { was: "pending", now: "allow", calls: 3 },
    { was: "pending", now: "pending", calls: 1 },
  ])
  expect(said.overLimits).toEqual([])
})
