import { afterAll, beforeAll, expect, test } from "vitest"
import type { PersonActor } from "@/lib/access/actor"
import { approvalPage, inbox } from "@/lib/approvals/approvals.queries"
import { fourWords } from "@/lib/changes/hash-words"
import { principalOfSession } from "@/lib/members/sessions.service"
import { newId } from "@/lib/operations/new-id"
import { planPage } from "@/lib/plans/plan-page.queries"
import { approve, readFile } from "../support/calls"
import { pendingPlan, threeCalls } from "../support/plans"
import { makePerson, startWorld, type World } from "../support/world"

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(async () => {
  await world.close()
})

test("shows every call that people decide on, in order, and who may decide on which", async () => {
  const read = { tool: readFile, input: { path: "docs/a.txt" } }
  const [first, ...others] = threeCalls
  const { planId, planHash, items } = await pendingPlan(world.ours.key, {
    calls: [first ?? read, read, ...others],
  })
  const ids = items.map(({ approvalId }) => String(approvalId))
  const [reviewer, owner] = [await personWith({ role: "reviewer" }), await ownerOfKey()]

  const page = await planPage(reviewer, planId)
  expect(page.calls.map(({ number, approval }) => [number, approval.approvalId])).toEqual([
    [1, ids[0]],
    [3, ids[1]],
    [4, ids[2]],
  ])
  expect(page.calls.map(({ input }) => JSON.parse(input) as unknown)).toEqual(
    threeCalls.map(({ input }) => input),
  )
  expect(page.plan.free).toMatchObject([{ index: 1, tool: { name: "read_file" } }])
  expect(page.hashWords).toEqual(fourWords(planHash))
  expect(page.viewer).toEqual({ mayVoteOn: ids, whyNot: null, edited: null })
  expect((await planPage(owner, planId)).viewer).toEqual({
    mayVoteOn: [],
    whyNot: "separation_of_duties",
    edited: null,
  })
  const auditor = await personWith({ role: "auditor" })
  expect((await planPage(auditor, planId)).viewer).toEqual({
    mayVoteOn: [],
    whyNot: "forbidden",
    edited: null,
  })

  const alone = {
    runId: page.plan.runId,
    approval: null,
    approvalId: ids[1] ?? "",
    changeHash: items[1].changeHash,
  }
  expect((await approve(await world.as("reviewer"), alone)).status).toBe(200)
  expect((await planPage(reviewer, planId)).viewer).toEqual({
    mayVoteOn: [ids[0], ids[2]],
    whyNot: null,
    edited: null,
  })
})

test("leads from a call to its plan, and from one decision to the next", async () => {
  const reviewer = await personWith({ role: "reviewer" })
  const waiting = await pendingPlan(world.ours.key)
  const other = await pendingPlan(world.ours.key)
  const page = await approvalPage(reviewer, String(other.items[2].approvalId))
  expect(page.planPlace).toEqual({ planId: other.planId, number: 3, waiting: 3 })
  expect(page.nextPath).toMatch(/^\/plans\/plan_/)
  expect((await planPage(reviewer, other.planId)).nextPath).not.toBe(`/plans/${other.planId}`)

  const { pending } = await inbox(reviewer)
  const inPlan = pending.filter(({ planId }) => planId === waiting.planId)
  expect(inPlan.map(({ planIndex }) => planIndex).toSorted()).toEqual([0, 1, 2])
})

test("a stranger, a person without a role and a plan that does not exist get the same answer", async () => {
  const { planId } = await pendingPlan(world.ours.key)
  const { agencyId } = world.theirs
  const insider = await personWith({ role: "reviewer" })
  for (const [person, id] of [
    [await personWith({ role: "owner", agencyId }), planId],
    [await personWith({ role: null }), planId],
    [insider, newId("plan")],
    [insider, "plan_' OR 1=1"],
  ] as const)
    await expect(planPage(person, id)).rejects.toMatchObject({ code: "not_found" })
})

/** The one who answers for the key that asks. */
async function ownerOfKey(): Promise<PersonActor> {
  await world.as("owner")
  const { rows } = await world.su.query<{ session_id: string }>(
    "SELECT session_id FROM session WHERE person_id = $1",
    [world.ours.ownerId],
  )
  return await actorOf(rows[0]?.session_id ?? "")
}

async function personWith(options: Parameters<typeof makePerson>[1]): Promise<PersonActor> {
  return await actorOf((await makePerson(world, options)).sessionId)
}

async function actorOf(sessionId: string): Promise<PersonActor> {
  const person = await principalOfSession(sessionId)
  if (person === null) throw new Error("Nobody has this session.")
  return person
}
