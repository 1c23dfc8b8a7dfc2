import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { labelWhatIsDue } from "@/lib/jobs/label-due"
import type { Caller } from "../support/api"
import { afterState, approve, aWrite, openRun, pendingWrite, spend } from "../support/calls"
import { asServer, digestOf, drawnFrom, idLag, shapeOf, textOf, waysToUse } from "../support/canary-proof"
import {
  approvedSource,
  canaryOut,
  canaryRows,
  runOut,
  makeDue,
  setCanaries,
  sweep,
  type OutCanary,
} from "../support/canaries"
import { consumedWrite, executionsOf, report, typesFor, vote } from "../support/deciding"
import { putInForce } from "../support/rules"
import {
  leavesOf,
  makeKey,
  makePerson,
  newLeaves,
  startWorld,
  type MadePerson,
  type World,
} from "../support/world"

let world: World
let key: Caller
let admin: Caller
let reviewer: MadePerson
let path: string

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  admin = await world.as("admin")
  path = `/api/v1/tenants/${world.ours.tenantId}/canaries`
  await approvedSource(world)
})
afterAll(() => world.close())
beforeEach(async () => {
  reviewer = await makePerson(world, { role: "reviewer" })
})

const rows = () => canaryRows(world)

const read = async ({ approvalId }: Pick<OutCanary, "approvalId">) =>
  (await reviewer.caller.get(`/api/v1/approvals/${approvalId}`)).body

const canaryAt = async ({ approvalId }: Pick<OutCanary, "approvalId">) =>
  (await reviewer.caller.get(`/api/v1/approvals/${approvalId}/canary`)).body.canary

const deny = (out: OutCanary, changes: object = {}) =>
  vote(reviewer.caller, out, { decision: "deny", reason: "This is not ours.", ...changes })

test("are off until an admin switches them on, and then planned for a moment that nobody is told", async () => {
  await sweep()
  expect(await rows()).toEqual([])
  const off = { periodDays: null, changedBy: null, isUnderWay: false, items: [] }
  expect((await admin.get(path)).body).toMatchObject(off)

  expect((await reviewer.caller.put(path, { periodDays: 7 })).body.code).toBe("forbidden")
  expect((await admin.put(path, { periodDays: 1 })).body.code).toBe("invalid_request")
  const { value: on, leaves } = await newLeaves(world, () => admin.put(path, { periodDays: 30 }))
  expect(on.body, on.text).toMatchObject({ periodDays: 30, isUnderWay: true, items: [] })
  expect((await setCanaries(world, 30)).body.code).toBe("conflict")

  const [planned] = await rows()
  expect(planned?.status).toBe("planned")
  const days = ((planned?.appears_at.getTime() ?? 0) - Date.now()) / 86_400_000
  expect(days).toBeGreaterThan(30 * 0.5 - 3.6)
  expect(days).toBeLessThan(30 * 1.5 + 3.6)
  expect(leaves.map(({ type, body }) => [type, Object.keys(body.fields)])).toEqual([
    ["canary.changed", ["from", "to"]],
    ["canary.planned", ["canaryId", "commitment"]],
  ])
})

test("look like any other request until they end: no answer, page or leaf says which one it is", async () => {
  const ordinary = await pendingWrite(key)
  const { value: out, leaves } = await newLeaves(world, () => canaryOut(world))

  const source = await read({ approvalId: out.sourceApprovalId })
  expect(out.approval.reason).toBe(source.reason)
  expect(Object.keys(out.approval)).toEqual(Object.keys(ordinary.approval))
  expect(out.approval).toMatchObject({
    ...{ status: "pending", flags: [], requestedBy: source.requestedBy },
    run: { ...source.run, status: "open" },
    ...{ checks: source.checks, required: source.required, matchedRule: source.matchedRule },
  })

  const all = await leavesOf(world, world.ours.tenantId)
  const ofOrdinary = all.filter(({ body }) => body.fields["runId"] === ordinary.runId)
  const ofCanary = leaves.filter(({ type }) => !type.startsWith("canary."))
  expect(ofCanary.map(shapeOf)).toEqual(ofOrdinary.map(shapeOf))
  for (const leaf of ofCanary) expect(idLag(leaf)).toBeLessThan(10_000)

  const asked = [`approvals/${out.approvalId}`, `approvals/${out.approvalId}/interdiff`, `runs/${out.runId}`]
  const lists = ["approvals", "runs", `runs/${out.runId}/events`, "session/attention", "canaries/notices"]
  for (const name of [...asked, ...lists]) {
    const { text, status } = await reviewer.caller.get(`/api/v1/${name}`)
    expect([name, status]).toEqual([name, 200])
    expect(text.replaceAll('"canaries":{"noticed":0,"missed":0}', ""), name).not.toMatch(
      /canar|commitment|out a test/i,
    )
  }
  expect(await canaryAt(out)).toBeNull()
  expect(await canaryAt(ordinary)).toBeNull()
  const seen = `/api/v1/approvals/${out.approvalId}/canary/seen`
  expect((await reviewer.caller.put(seen)).body.code).toBe("conflict")
  expect((await admin.get(path)).body).toMatchObject({ isUnderWay: true, items: [] })
  expect(JSON.stringify((await admin.get(path)).body)).not.toContain(out.approvalId)
})

test("that are denied say so at once, to the log once somebody tells it, and to who voted until they have read it", async () => {
  const out = await canaryOut(world)
  expect((await deny(out)).body.status).toBe("denied")
  expect((await rows())[0]).toMatchObject({ status: "denied", revealed_at: null })
  expect(await canaryAt(out)).toMatchObject({
    status: "denied",
    words: out.words,
    sourceApprovalId: out.sourceApprovalId,
  })
  expect((await admin.get(path)).body.items[0]).toMatchObject({
    approvalId: out.approvalId,
    status: "denied",
  })

  const { leaves } = await newLeaves(world, async () => Promise.all(Array.from({ length: 4 }, sweep)))
  expect(leaves.map(({ type }) => type)).toEqual(["run.closed", "canary.denied", "canary.planned"])
  expect((await rows()).slice(0, 2)).toMatchObject([
    { status: "planned" },
    { revealed_at: expect.any(Date) as unknown },
  ])

  const notices = async (who: Caller) => (await who.get("/api/v1/canaries/notices")).body.items
  expect(await notices(reviewer.caller)).toMatchObject([
    { approvalId: out.approvalId, isApproved: false, words: out.words },
  ])
  expect(await notices(await world.as("reviewer"))).toEqual([])
  expect((await reviewer.caller.put(`/api/v1/approvals/${out.approvalId}/canary/seen`)).status).toBe(200)
  expect(await notices(reviewer.caller)).toEqual([])
})

test("can be proved by anybody who has the leaves alone, and no other approval can be named in their place", async () => {
  const out = await canaryOut(world)
  await deny(out, { decision: "request_changes" })
  await sweep()
  const leaves = await leavesOf(world, world.ours.tenantId)
  const of = (type: string) =>
    leaves.findLast(({ body }) => body.type === type && body.fields["canaryId"] === out.canaryId)
  const planned = of("canary.planned")
  const told = of("canary.denied")?.body.fields ?? {}
  const asked = leaves.find(
    ({ type, approvalId }) => type === "tool_call.pending" && approvalId === told["approvalId"],
  )

  const opening = { canaryId: out.canaryId, secret: textOf(told["secret"]), tenantId: world.ours.tenantId }
  expect(planned?.body.fields["commitment"]).toBe(digestOf("deltaseal/canary/v1", opening))
  expect(Number(planned?.sequence)).toBeLessThan(Number(asked?.sequence))
  expect(told["approvalId"]).toBe(out.approvalId)
  expect(out.approvalId.slice(-16)).toBe(drawnFrom(opening))
  expect(out.sourceApprovalId.slice(-16)).not.toBe(drawnFrom(opening))
})

test("that are approved can never be used: not by their key, not by SQL of the serving role, not as a rule", async () => {
  const out = await canaryOut(world)
  expect((await approve(reviewer.caller, out)).body.status).toBe("approved")
  expect((await rows())[0]?.status).toBe("approved")
  const observed = out.approval.parts.map(({ before }: { before: object }) => before)
  const spent = await spend(key, out, { observed })
  expect([spent.status, spent.body.code], spent.text).toEqual([409, "cancelled"])

  const { tenantId } = world.ours
  const { callId } = out.approval
  await consumedWrite(key, reviewer.caller)
  for (const [sql, refusal] of waysToUse({ tenantId, callId, approvalId: out.approvalId })) {
    await expect(asServer(world, sql), sql).rejects.toThrow(refusal)
  }
  const until = new Date(Date.now() + 3_600_000).toISOString()
  const rule = await reviewer.caller.post(`/api/v1/approvals/${out.approvalId}/grant`, {
    maxUses: 1,
    until,
    note: "x",
  })
  expect(rule.body.code, rule.text).toBe("not_grantable")

  await sweep()
  expect(await read(out)).toMatchObject({ status: "cancelled", endedBecause: "canary", execution: null })
  expect(await executionsOf(world, out)).toBe(0)
  expect((await typesFor(world, out)).slice(1)).toEqual([
    "approval.approved",
    "request.refused",
    "approval.cancelled",
    "canary.approved",
  ])
  const next = await pendingWrite(key)
  const { body } = await reviewer.caller.get(`/api/v1/approvals/${next.approvalId}/interdiff`)
  expect(JSON.stringify(body)).not.toContain(out.approvalId)
})

const everythingAsked = "rules:\n  - name: all\n    effect: tier_default\n"

test.each([
  ["nobody decides in time", "expired", null, (out: OutCanary) => runOut(world, out)],
  [
    "an admin takes it back",
    "dropped",
    "withdrawn",
    (out: OutCanary) => admin.post(`/api/v1/approvals/${out.approvalId}/cancel`),
  ],
  [
    "its run is closed",
    "dropped",
    "run_closed",
    (out: OutCanary) => key.post(`/api/v1/runs/${out.runId}/close`),
  ],
  ["they are switched off", "dropped", "canary", () => setCanaries(world, null)],
] as const)("end when %s: %s", async (_, status, because, end) => {
  const out = await canaryOut(world)
  await end(out)
  expect(await canaryAt(out)).toMatchObject({ status })
  await labelWhatIsDue()

  const of = (await rows()).find(({ canary_id: id }) => id === out.canaryId)
  expect(of).toMatchObject({ status, ended_because: because, revealed_at: expect.any(Date) as unknown })
  expect((await typesFor(world, out)).at(-1)).toBe(`canary.${status}`)
  expect((await reviewer.caller.get(`/api/v1/runs/${out.runId}`)).body.status).toBe("closed")
})

test("come one at a time, however many nodes look, and take nothing that a limit leaves to agents", async () => {
  await putInForce(
    world,
    "rules:\n  - name: all\n    effect: tier_default\nlimits:\n  tenant: {pendingApprovals: 1}\n  reviewer: {pendingApprovals: 1}\n  run: {toolCalls: 5}\n",
  )
  await makeDue(world)
  await Promise.all(Array.from({ length: 8 }, sweep))
  const out = (await rows()).filter(({ status }) => status === "out" || status === "planned")
  expect(out).toHaveLength(1)
  const ask = async () => key.post("/api/v1/tool-calls", aWrite(await openRun(key)))
  expect([(await ask()).status, (await ask()).status]).toEqual([202, 429])
  const slots =
    "SELECT scope FROM limit_slot WHERE tenant_id = $1 AND run_id = (SELECT run_id FROM canary WHERE status = 'out')"
  expect((await world.su.query(slots, [world.ours.tenantId])).rowCount).toBe(5)
  await putInForce(world, everythingAsked)
})

test("are made of nothing whose key is gone or what the policy does not put to people, and then dropped", async () => {
  await setCanaries(world, null)
  await world.su.query("UPDATE approval SET decided_at = NULL WHERE tenant_id = $1", [world.ours.tenantId])
  const [other, gone] = [await makeKey(world), await makeKey(world)]
  for (const each of [other, gone]) {
    expect((await approve(reviewer.caller, await pendingWrite(each.caller))).status).toBe(200)
  }
  await (await world.as("owner")).delete(`/api/v1/tenants/${world.ours.tenantId}/keys/${gone.keyId}`)
  expect((await canaryOut(world)).approval.requestedBy.keyId).toBe(other.keyId)

  await setCanaries(world, null)
  await putInForce(world, "rules:\n  - name: none\n    effect: deny\n")
  await makeDue(world)
  const { leaves } = await newLeaves(world, sweep)
  expect(leaves.map(({ type }) => type)).toEqual(["canary.dropped", "canary.planned"])
  expect((await rows()).slice(0, 2)).toMatchObject([
    { status: "planned" },
    { status: "dropped", ended_because: "nothing_suitable" },
  ])
  await putInForce(world, everythingAsked)
})

test("go on from where the target stands: what was applied is their before, and nothing is flagged", async () => {
  await setCanaries(world, null)
  await world.su.query("UPDATE approval SET decided_at = NULL WHERE tenant_id = $1", [world.ours.tenantId])
  const spent = await consumedWrite(key, reviewer.caller)
  expect((await report(key, spent.executionId)).status).toBe(200)
  const out = await canaryOut(world)
  expect(out.approval).toMatchObject({ flags: [], parts: [{ before: afterState, flags: [] }] })
})

test("are counted by client and by what got through, and for oneself; of no other person anything is said", async () => {
  const { body } = await admin.get(`/api/v1/tenants/${world.ours.tenantId}/attention`)
  const [ours] = body.canaries
  expect(body.canaries).toHaveLength(1)
  expect(ours).toMatchObject({ tenantId: world.ours.tenantId, denied: 2, approved: 1, expired: 1 })
  expect(ours.through).toMatchObject([{ count: 1 }])
  expect((await admin.get("/api/v1/attention")).body.canaries).toEqual(body.canaries)

  const out = await canaryOut(world)
  await approve(reviewer.caller, out)
  expect((await reviewer.caller.get("/api/v1/session/attention")).body.canaries).toEqual({
    noticed: 0,
    missed: 1,
  })
  expect((await (await world.as("reviewer")).get("/api/v1/session/attention")).body.canaries).toEqual({
    noticed: 0,
    missed: 0,
  })
})
