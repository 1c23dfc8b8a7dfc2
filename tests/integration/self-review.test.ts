import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { approvalPage, inbox } from "@/lib/approvals/approvals.queries"
import { principalOfSession } from "@/lib/members/sessions.service"
import { planPage } from "@/lib/plans/plan-page.queries"
import { type Caller } from "../support/api"
import { approve, pendingWrite, spend } from "../support/calls"
import { pendingPlan } from "../support/plans"
import { permitIn, putInForce } from "../support/rules"
import { makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let owner: Caller

/** The owner of the key is the only one who can decide; an auditor is there to read. */
beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  owner = await world.as("owner")
  await world.su.query(
    "UPDATE membership SET ended_at = now() WHERE agency_id = $1 AND role IN ('admin', 'reviewer')",
    [world.ours.agencyId],
  )
})
afterAll(() => world.close())
beforeEach(() => putInForce(world, on))

const rule = "rules:\n  - {name: all, effect: require_approval, live: true}\n"
const on = `selfReview: true\n${rule}`

async function actorOf(role: string) {
  const { rows } = await world.su.query<{ id: string }>(
    `SELECT s.session_id AS id FROM session s JOIN membership m USING (person_id)
     WHERE m.role = $1 AND m.agency_id = $2 ORDER BY s.created_at DESC LIMIT 1`,
    [role, world.ours.agencyId],
  )
  const actor = await principalOfSession(rows[0]?.id ?? "")
  if (actor === null) throw new Error(`There is no session of an ${role}.`)
  return actor
}

test("whoever is alone decides what they ask for, although they edited the policy, and all of it says so", async () => {
  await world.su.query(
    "INSERT INTO rule_edit (tenant_id, person_id, event_id, kind, subject) VALUES ($1, $2, 'evt_a', 'policy', '')",
    [world.ours.tenantId, world.ours.ownerId],
  )
  const pending = await pendingWrite(key)
  expect(pending.approval).toMatchObject({
    selfReviewAllowed: true,
    required: [{ group: "reviewers", count: 1 }],
  })
  const { planId } = await pendingPlan(key)
  await world.as("auditor")
  for (const actor of [await actorOf("owner"), await actorOf("auditor")]) {
    expect((await approvalPage(actor, pending.approvalId)).isSelfReview).toBe(true)
    expect((await inbox(actor)).pending.map(({ isSelfReview }) => isSelfReview)).not.toContain(false)
    expect((await planPage(actor, planId)).isSelfReview).toBe(true)
  }
  expect((await approvalPage(await actorOf("owner"), pending.approvalId)).viewer.mayVote).toBe(true)

  const { value, leaves } = await newLeaves(world, () => approve(owner, pending))
  expect(value.body.status, value.text).toBe("approved")
  expect(value.body.votes).toMatchObject([{ personId: world.ours.ownerId, selfReviewed: true }])
  const { body } = await key.get(`/api/v1/approvals/${pending.approvalId}`)
  expect(body.votes).toEqual(value.body.votes)
  expect((await approvalPage(await actorOf("auditor"), pending.approvalId)).isSelfReview).toBe(true)
  expect(leaves.map(({ type, body }) => [type, body.fields["selfReviewed"]])).toEqual([
    ["approval.approved", true],
  ])
  const spent = await spend(key, pending)
  expect(permitIn(spent)).toMatchObject({ voters: [world.ours.ownerId], selfReviewed: true })
})

test("not without the policy, and not for what runs or leaves the house", async () => {
  await putInForce(world, rule)
  expect((await approve(owner, await pendingWrite(key))).body.code).toBe("separation_of_duties")
  await putInForce(world, on)
  const pending = await pendingWrite(key)
  // As where a policy of another shape asked: the tier of the call has the last word.
  await world.su.query("UPDATE tool_call SET tier = 'T3_EXECUTE' WHERE call_id = $1", [
    pending.approval.callId,
  ])
  expect((await approve(owner, pending)).body.code).toBe("separation_of_duties")
})

test("ends with the second person, for a vote that was cast before too", async () => {
  await putInForce(
    world,
    `selfReview: true\nrules:\n  - name: all\n    effect: require_approval\n    approval: {stages: [{group: reviewers, count: 2}]}\n`,
  )
  const pending = await pendingWrite(key)
  expect((await approve(owner, pending)).body.status).toBe("pending")
  const [one, other] = [
    await makePerson(world, { role: "reviewer" }),
    await makePerson(world, { role: "admin", tenantId: world.demo.tenants[1]?.tenantId ?? "" }),
  ]

  expect((await approve(one.caller, pending)).body.status).toBe("pending")
  await world.su.query("UPDATE membership SET ended_at = now() WHERE membership_id = $1", [one.membershipId])
  // Somebody who can decide for another client of the agency is a second person too.
  expect((await approve(owner, await pendingWrite(key))).body.code).toBe("separation_of_duties")
  await world.su.query("UPDATE membership SET ended_at = now() WHERE membership_id = $1", [
    other.membershipId,
  ])
  await putInForce(world, on)
  expect((await approve(owner, await pendingWrite(key))).body.status).toBe("approved")
})

test("switching it on is a loosening: without a second person it takes effect after a day of notice", async () => {
  await world.su.query("DELETE FROM rule_edit")
  await putInForce(world, rule)
  const path = `/api/v1/tenants/${world.ours.tenantId}/policies`
  const { inForce } = (await owner.get(path)).body
  const reply = await owner.post(path, { text: `version: 1\n${on}`, basedOn: inForce, note: "alone" })
  expect(reply.body, reply.text).toMatchObject({ result: "proposed" })
  const proposal = (
    await owner.get(`/api/v1/tenants/${world.ours.tenantId}/proposals/${reply.body.proposalId}`)
  ).body

  expect(proposal.loosens).toEqual([
    "Whoever alone can decide may approve what they ask for themselves, up to tier T2.",
  ])
  expect(proposal.effectiveAt).not.toBeNull()
  expect((await approve(owner, await pendingWrite(key))).body.code).toBe("separation_of_duties")
})
