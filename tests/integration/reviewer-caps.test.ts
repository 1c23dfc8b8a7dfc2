import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import type { Caller, Reply } from "../support/api"
import { approve, aWrite, openRun, spend, type Pending } from "../support/calls"
import { vote } from "../support/deciding"
import { postPlan, threeCalls } from "../support/plans"
import { putInForce } from "../support/rules"
import { makePerson, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

/** Who decides: the owner of the agency, who operates the runs, and a reviewer of this client alone. */
beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  await world.su.query(
    "UPDATE membership SET ended_at = clock_timestamp() WHERE agency_id = $1 AND person_id <> $2",
    [world.ours.agencyId, world.ours.ownerId],
  )
  reviewer = (await makePerson(world, { role: "reviewer", tenantId: world.ours.tenantId })).caller
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.su.query("UPDATE approval SET status = 'cancelled' WHERE status IN ('pending', 'approved')")
  await limited("{reviewer: {pendingApprovals: 3}}")
})

const limited = (limits: string, where: Parameters<typeof putInForce>[0] = world) =>
  putInForce(where, `rules: [{name: all, effect: require_approval}]\nlimits: ${limits}\n`)
const writeIn = (runId: string, asking = key): Promise<Reply> =>
  asking.post("/api/v1/tool-calls", aWrite(runId))
const write = async (asking = key): Promise<Reply> => writeIn(await openRun(asking), asking)
const many = (count: number, work: () => Promise<Reply>) => Promise.all(Array.from({ length: count }, work))
const taken = (replies: readonly Reply[]) => replies.filter(({ status }) => status === 202)
const pendingOf = ({ body: { approval } }: Reply): Pending => ({
  ...{ runId: approval.runId, approval, approvalId: approval.approvalId, changeHash: approval.changeHash },
})

test("for each of two who decide three are open of 48 asked for at once, and one more for each that ends", async () => {
  const runIds = await Promise.all(Array.from({ length: 12 }, () => openRun(key)))
  const replies = await Promise.all(
    [...runIds, ...runIds, ...runIds, ...runIds].map((runId) => writeIn(runId)),
  )
  expect(taken(replies)).toHaveLength(6)
  expect(taken(replies)[0]?.body.approval.checks).toContainEqual(
    expect.objectContaining({
      check: "limits",
      message: expect.stringContaining("reviewer.pendingApprovals 3") as string,
    }),
  )
  const refused = replies.find(({ status }) => status === 429)
  const words =
    "The limit reviewer.pendingApprovals of 3 is reached: 6 may be open, with 2 people who decide."
  expect(refused?.body).toMatchObject({ code: "limit_exceeded", detail: words })
  expect(refused?.body.reasons[0].message).toContain("More may be open with more people who decide")
  expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0)

  const [first, second] = taken(replies).map(pendingOf)
  if (first === undefined || second === undefined) throw new Error("There are six.")
  await approve(reviewer, first)
  expect((await write()).status).toBe(429)
  for (const end of [
    () => spend(key, first),
    () => vote(reviewer, second, { decision: "deny", reason: "No." }),
  ]) {
    expect((await end()).status).toBe(200)
    expect(taken(await many(8, () => write()))).toHaveLength(1)
  }
})

test("each client has its own room, by its own people", async () => {
  const { su, theirs } = world
  await limited("{reviewer: {pendingApprovals: 3}}", { su, ours: theirs })
  expect(taken(await many(8, () => write()))).toHaveLength(6)
  const others = await many(8, () => write(theirs.key))
  expect(taken(others)).toHaveLength(3)
  expect(others.find(({ status }) => status === 429)?.body.detail).toContain("with one person who decides")
})

test("whoever comes to decide makes room, and whoever goes takes it away", async () => {
  expect(taken(await many(12, () => write()))).toHaveLength(6)
  const admin = await makePerson(world, { role: "admin" })
  await makePerson(world, { role: "auditor" })
  await makePerson(world, { role: "reviewer", tenantId: world.demo.tenants[1]?.tenantId ?? "" })
  await makePerson(world, { role: "owner", agencyId: world.theirs.agencyId })
  // Two roles are still one person.
  await world.su.query(
    "INSERT INTO membership (membership_id, agency_id, tenant_id, person_id, role) VALUES ($1, $2, $3, $4, 'reviewer')",
    [`${admin.membershipId.slice(0, -4)}TW01`, world.ours.agencyId, world.ours.tenantId, admin.personId],
  )
  const more = taken(await many(12, () => write()))
  expect(more).toHaveLength(3)

  await world.su.query("UPDATE person SET disabled_at = clock_timestamp() WHERE person_id = $1", [
    admin.personId,
  ])
  for (const reply of more) {
    expect((await write()).status).toBe(429)
    await key.post(`/api/v1/approvals/${pendingOf(reply).approvalId}/cancel`)
  }
  expect((await write()).status).toBe(429)
  await world.su.query("UPDATE person SET disabled_at = NULL WHERE person_id = $1", [admin.personId])
  expect(taken(await many(8, () => write()))).toHaveLength(3)
  await world.su.query("UPDATE membership SET ended_at = clock_timestamp() WHERE person_id = $1", [
    admin.personId,
  ])
  expect((await write()).status).toBe(429)
})

test("a plan takes a place for all that it asks for, or none at all", async () => {
  expect(taken(await many(2, () => write()))).toHaveLength(2)
  const plan = async () => postPlan(key, { runId: await openRun(key), calls: threeCalls })
  expect((await many(4, plan)).map(({ status }) => status).toSorted()).toEqual([201, 429, 429, 429])
  expect(taken(await many(4, () => write()))).toHaveLength(1)
})

test("the lower of what the client and its reviewers may have holds, and is named", async () => {
  await limited("{tenant: {pendingApprovals: 5}, reviewer: {pendingApprovals: 3}}")
  const ofTenant = await many(12, () => write())
  expect(taken(ofTenant)).toHaveLength(5)
  expect(ofTenant.find(({ status }) => status === 429)?.body.detail).toContain("tenant.pendingApprovals of 5")

  await limited("{tenant: {pendingApprovals: 7}, reviewer: {pendingApprovals: 3}}")
  const [one, other] = await many(2, () => write())
  expect([one?.status, other?.status].toSorted()).toEqual([202, 429])
  const refused = [one, other].find((reply) => reply?.status === 429)
  expect(refused?.body.detail).toContain("reviewer.pendingApprovals of 3")

  await limited("{reviewer: {pendingApprovals: 0}}")
  expect((await write()).body.detail).toContain("0 may be open")
  await limited("{}")
  expect(taken(await many(4, () => write()))).toHaveLength(4)
})

test("where nobody decides there is room as for one", async () => {
  await world.su.query("UPDATE membership SET role = 'auditor' WHERE agency_id = $1", [world.ours.agencyId])
  const replies = await many(8, () => write())
  expect(taken(replies)).toHaveLength(3)
  expect(replies.find(({ status }) => status === 429)?.body.detail).toContain("with nobody who decides")
})
