import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { Caller, Reply } from "../support/api"
import { approve, openRun, pendingWrite, spend, type Pending } from "../support/calls"
import { codes, pendingWriteIn, vote } from "../support/deciding"
import { permitIn, putInForce } from "../support/rules"
import { leavesOf, makePerson, newLeaves, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let key: Caller
let away: MadePerson
let deputy: MadePerson
let pending: Pending

const day = 24 * 60 * 60 * 1000
const inDays = (days: number) => new Date(Date.now() + days * day).toISOString()
const path = "/api/v1/account/stand-ins"
const staged = (stages: string) =>
  `rules:\n  - name: all\n    effect: require_approval\n    approval: {stages: [${stages}]}\n`

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
})
afterAll(() => world.close())
/** One reviews and is away, one only reads and stands in. */
beforeEach(async () => {
  await putInForce(world, staged("{group: reviewers, count: 2}"))
  away = await makePerson(world, { role: "reviewer" })
  deputy = await makePerson(world, { role: "auditor" })
  pending = await pendingWrite(key)
})

function name(who: MadePerson, forWhom: MadePerson, changes: object = {}): Promise<Reply> {
  const body = { agencyId: world.ours.agencyId, personId: who.personId, endsAt: inDays(5), ...changes }
  return forWhom.caller.post(path, body)
}

async function stands(who: MadePerson, forWhom: MadePerson, changes: object = {}): Promise<string> {
  const named = await name(who, forWhom, changes)
  if (named.status !== 201) throw new Error(named.text)
  return named.body.standInId
}

const read = async (): Promise<any> => (await key.get(`/api/v1/approvals/${pending.approvalId}`)).body

describe("naming a stand-in", () => {
  test("says so to both and in the log of each client concerned, and the session says for whom one stands in", async () => {
    const named = await name(deputy, away, { startsAt: inDays(-3) })
    expect([named.status, named.body], named.text).toMatchObject([
      201,
      {
        ...{ absent: { personId: away.personId }, standIn: { personId: deputy.personId } },
        ...{ status: "now", isYours: true, mayEnd: true },
      },
    ])
    expect((await deputy.caller.get(path)).body.items).toMatchObject([{ isYou: true, isYours: false }])
    for (const { tenantId } of world.demo.tenants)
      expect((await leavesOf(world, tenantId)).at(-1)?.body).toMatchObject({
        type: "stand_in.named",
        ...{ actor: { id: away.personId } },
        fields: { personId: deputy.personId, absentId: away.personId },
      })
  })

  test.each<[string, string, () => Promise<Reply>]>([
    ["for 61 days", "invalid_request", () => name(deputy, away, { endsAt: inDays(61) })],
    ["that ends before it begins", "invalid_request", () => name(deputy, away, { startsAt: inDays(6) })],
    [
      "far ahead",
      "invalid_request",
      () => name(deputy, away, { startsAt: inDays(400), endsAt: inDays(401) }),
    ],
    ["of oneself", "unknown_stand_in", () => name(away, away)],
    [
      "of somebody of another agency",
      "unknown_stand_in",
      async () => name(await makePerson(world, { role: "owner", agencyId: world.theirs.agencyId }), away),
    ],
    [
      "of somebody who is nobody",
      "unknown_stand_in",
      () => name({ ...deputy, personId: world.ours.tenantId }, away),
    ],
    [
      "of somebody who reads only one of the clients",
      "unknown_stand_in",
      async () => name(await makePerson(world, { role: "admin", tenantId: world.ours.tenantId }), away),
    ],
    ["of a second one", "stand_in_open", () => name(deputy, away).then(() => name(deputy, away))],
    ["by who decides nothing", "forbidden", () => name(away, deputy)],
    [
      "in an agency that is not theirs",
      "forbidden",
      () => name(deputy, away, { agencyId: world.theirs.agencyId }),
    ],
  ])("%s is refused (%s)", async (_, code, ask) => {
    expect((await ask()).body.code).toBe(code)
  })

  test("offers those who read every client in which one decides, and nobody else", async () => {
    const one = await makePerson(world, { role: "reviewer", tenantId: world.ours.tenantId })
    const beside = await makePerson(world, { role: "auditor", tenantId: world.ours.tenantId })
    const elsewhere = await makePerson(world, {
      role: "admin",
      tenantId: world.demo.tenants[1]?.tenantId ?? "",
    })
    const { items } = (await one.caller.get(`${path}/possible`)).body
    const ids = items.map(({ personId }: any) => personId)
    expect(ids).toEqual(expect.arrayContaining([beside.personId, deputy.personId]))
    for (const not of [one, elsewhere]) expect(ids).not.toContain(not.personId)
    expect((await deputy.caller.get(`${path}/possible`)).body.items).toEqual([])
    // A stand-in in one client is none in another.
    expect(
      (await leavesOf(world, world.demo.tenants[1]?.tenantId ?? "")).at(-1)?.body.fields["absentId"],
    ).not.toBe(one.personId)
  })

  test("is seen and ended by the two and by who looks after both; to anybody else it is not there", async () => {
    const admin = await world.as("admin")
    const aTenants = await makePerson(world, { role: "admin", tenantId: world.ours.tenantId })
    const stranger = await makePerson(world, { role: "owner", agencyId: world.theirs.agencyId })
    const reviewer = await makePerson(world, { role: "reviewer" })
    const nothing = await away.caller.delete(`${path}/stin_01J00000000000000000000000`)
    for (const ender of [away.caller, deputy.caller, admin]) {
      const id = await stands(deputy, away)
      for (const { caller } of [aTenants, stranger, reviewer]) {
        expect((await caller.get(path)).body.items.map(({ standInId }: any) => standInId)).not.toContain(id)
        const refused = await caller.delete(`${path}/${id}`)
        expect({ ...refused.body, requestId: "" }).toEqual({ ...nothing.body, requestId: "" })
      }
      const listed = (await ender.get(path)).body.items.find(({ standInId }: any) => standInId === id)
      expect(listed.mayEnd).toBe(true)
      const { value, leaves } = await newLeaves(world, () => ender.delete(`${path}/${id}`))
      expect([value.status, value.body.status, leaves.map(({ type }) => type)]).toEqual([
        200,
        "ended",
        ["stand_in.ended"],
      ])
      expect(await ender.delete(`${path}/${id}`)).toMatchObject({
        status: 409,
        body: { code: "stand_in_closed" },
      })
      expect(await approve(deputy.caller, pending)).toMatchObject({
        status: 403,
        body: { code: "forbidden" },
      })
    }
  })
})

/** What time or somebody else does to the one who is away. */
const byHand = (what: string) => () => world.su.query(`UPDATE ${what} = $1`, [away.personId])

describe("a vote in somebody's place", () => {
  test("counts as theirs, says so in the view and the log, and neither counts twice", async () => {
    expect(await approve(deputy.caller, pending)).toMatchObject({ status: 403, body: { code: "forbidden" } })
    await stands(deputy, away)
    const { value, leaves } = await newLeaves(world, () => approve(deputy.caller, pending))
    expect([value.status, value.body.status], value.text).toEqual([200, "pending"])
    expect(value.body.votes).toMatchObject([
      {
        personId: deputy.personId,
        onBehalfOf: away.personId,
        onBehalfOfName: expect.stringMatching(/^Person /),
      },
    ])
    expect(leaves.at(-1)?.body.fields["onBehalfOf"]).toBe(away.personId)
    expect(await approve(away.caller, pending)).toMatchObject({
      status: 409,
      body: { code: "already_voted" },
    })
    expect((await approve(await world.as("reviewer"), pending)).body.status).toBe("approved")
    expect(permitIn(await spend(key, pending))["voters"]).toContain(deputy.personId)

    pending = await pendingWrite(key)
    expect((await approve(away.caller, pending)).status).toBe(200)
    expect(await approve(deputy.caller, pending)).toMatchObject({
      status: 409,
      body: { code: "already_voted" },
    })
    expect(await vote(deputy.caller, pending, { decision: "deny", reason: "No." })).toMatchObject({
      status: 403,
    })
    pending = await pendingWrite(key)
    const denied = await vote(deputy.caller, pending, { decision: "deny", reason: "For them." })
    expect(denied.body).toMatchObject({ status: "denied", votes: [{ onBehalfOf: away.personId }] })
  })

  test("at the same time as theirs counts once", async () => {
    await stands(deputy, away)
    for (let round = 0; round < 4; round += 1) {
      pending = await pendingWrite(key)
      const both = await Promise.all([approve(deputy.caller, pending), approve(away.caller, pending)])
      expect(codes(both)).toEqual(["already_voted", "won"])
      expect(await read()).toMatchObject({ status: "pending", votes: [{ decision: "approve" }] })
    }
  })

  test("is one's own where one's own role is enough for what is still missing, and else theirs", async () => {
    await putInForce(world, staged("{group: owners, count: 1}, {group: reviewers, count: 1}"))
    const [owner, standing, other] = [
      await makePerson(world, { role: "owner" }),
      await makePerson(world, { role: "reviewer" }),
      await makePerson(world, { role: "reviewer" }),
    ]
    await stands(standing, owner)
    pending = await pendingWrite(key)
    expect((await approve(standing.caller, pending)).body.votes).toMatchObject([{ onBehalfOf: null }])
    // Their own vote is a reviewer's, however much they stand in for an owner.
    expect((await approve(other.caller, pending)).body.status).toBe("pending")
    expect((await approve(owner.caller, pending)).body.status).toBe("approved")

    pending = await pendingWrite(key)
    await approve(other.caller, pending)
    const decided = await approve(standing.caller, pending)
    expect(decided.body).toMatchObject({ status: "approved" })
    expect(decided.body.votes).toContainEqual(
      expect.objectContaining({ personId: standing.personId, onBehalfOf: owner.personId }),
    )
  })

  test("is refused where the one who is away may not vote either; one's own role stays", async () => {
    const reviewer = await makePerson(world, { role: "reviewer" })
    const [second, third] = [
      await makePerson(world, { role: "reviewer" }),
      await makePerson(world, { role: "owner" }),
    ]
    await stands(deputy, away)
    await stands(reviewer, second)
    await stands(deputy, third)
    const operated = await openRun(key, { operator: away.personId })
    pending = await pendingWriteIn(key, operated)
    // Of two whose place could be taken it is the one who may vote.
    expect((await approve(deputy.caller, pending)).body.votes).toMatchObject([{ onBehalfOf: third.personId }])
    await world.su.query("UPDATE stand_in SET ended_at = now() WHERE absent_id = $1", [third.personId])
    pending = await pendingWriteIn(key, operated)
    for (const decision of ["approve", "deny"])
      expect(await vote(deputy.caller, pending, { decision, reason: "For them." })).toMatchObject({
        status: 403,
        body: { code: "separation_of_duties" },
      })
    pending = await pendingWriteIn(key, await openRun(key, { operator: second.personId }))
    expect((await approve(reviewer.caller, pending)).body.votes).toMatchObject([{ onBehalfOf: null }])
    pending = await pendingWriteIn(key, await openRun(key, { operator: reviewer.personId }))
    expect((await approve(reviewer.caller, pending)).body.code).toBe("separation_of_duties")
  })

  test.each<[string, (id: string) => Promise<unknown>]>([
    ["before it begins", byHand("stand_in SET starts_at = starts_at + interval '1 day' WHERE absent_id")],
    ["once it is over", byHand("stand_in SET ends_at = clock_timestamp() WHERE absent_id")],
    ["once it was ended", (id) => away.caller.delete(`${path}/${id}`)],
    [
      "once the one who is away has no part any more",
      byHand("membership SET ended_at = now() WHERE person_id"),
    ],
    [
      "once the one who is away cannot sign in any more",
      byHand("person SET disabled_at = now() WHERE person_id"),
    ],
  ])("is not taken %s, and one that was cast counts no more", async (_, end) => {
    const id = await stands(deputy, away)
    const before = pending
    expect((await approve(deputy.caller, before)).status).toBe(200)
    await end(id)
    pending = await pendingWrite(key)
    expect(await approve(deputy.caller, pending)).toMatchObject({ status: 403, body: { code: "forbidden" } })
    expect((await approve(await world.as("reviewer"), before)).body.status).toBe("pending")
  })

  test("goes no further: who stands in for a stand-in has nothing, and none decides where they read nothing", async () => {
    const [middle, last] = [
      await makePerson(world, { role: "reviewer" }),
      await makePerson(world, { role: "auditor" }),
    ]
    await putInForce(world, staged("{group: owners, count: 1}"))
    const owner = await makePerson(world, { role: "owner" })
    await stands(middle, owner)
    await stands(last, middle)
    pending = await pendingWrite(key)
    expect(await approve(last.caller, pending)).toMatchObject({ status: 403, body: { code: "forbidden" } })
    await world.su.query("UPDATE membership SET ended_at = now() WHERE person_id = $1", [middle.personId])
    expect((await approve(middle.caller, pending)).status).toBe(404)
  })

  test("gives nothing but votes: no closing of runs, no managing, and no break-glass", async () => {
    const owner = await makePerson(world, { role: "owner" })
    await stands(deputy, owner)
    const { approvalId, changeHash, runId } = pending
    const reason = "A reason that is more than long enough."
    for (const refused of [
      await deputy.caller.post(`/api/v1/runs/${runId}/close`),
      await deputy.caller.post(`/api/v1/approvals/${approvalId}/cancel`),
      await deputy.caller.post(`/api/v1/approvals/${approvalId}/break-glass`, { changeHash, reason }),
      await deputy.caller.post("/api/v1/kill", { scope: "run", ids: [runId], reason }),
    ])
      expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } })
    expect((await approve(deputy.caller, pending)).status).toBe(200)
  })
})
