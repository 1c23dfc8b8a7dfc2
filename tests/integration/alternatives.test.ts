import { afterAll, beforeAll, expect, test } from "vitest"
import { approvalPage } from "@/lib/approvals/approvals.queries"
import { principalOfSession } from "@/lib/members/sessions.service"
import { type Caller } from "../support/api"
import { approve, pendingWrite, spend, type Pending } from "../support/calls"
import { vote as castVote, resetPassword } from "../support/deciding"
import { putInForce } from "../support/rules"
import { makePerson, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let key: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
})
afterAll(() => world.close())

const asking = (approval: string) =>
  `rules:\n  - name: all\n    effect: require_approval\n    approval: {${approval}}\n`
const either = asking(
  "anyOf: [{stages: [{group: owners, count: 1}]}, {stages: [{group: reviewers, count: 2}]}]",
)

const as = (role: "owner" | "admin" | "reviewer") => makePerson(world, { role })
const vote = async ({ caller }: MadePerson, pending: Pending) => (await approve(caller, pending)).body.status
const owners = (count: number) => ({ group: "owners", count, alternative: 1 })
const reviewers = (count: number) => ({ group: "reviewers", count, alternative: 2 })

test("any one alternative is enough, by itself", async () => {
  await putInForce(world, either)
  const first = await pendingWrite(key)
  expect(first.approval.required).toEqual([owners(1), reviewers(2)])
  expect(await vote(await as("owner"), first)).toBe("approved")
  expect((await spend(key, first)).status).toBe(200)

  const second = await pendingWrite(key)
  expect(await vote(await as("admin"), second)).toBe("pending")
  expect((await spend(key, second)).body.code).toBe("not_approved")
  expect(await vote(await as("reviewer"), second)).toBe("approved")
})

test("halves of two alternatives are not one", async () => {
  await putInForce(
    world,
    asking(
      "anyOf: [{stages: [{group: owners, count: 1}, {group: admins, count: 1}]}, {stages: [{group: reviewers, count: 3}]}]",
    ),
  )
  const pending = await pendingWrite(key)
  expect(await vote(await as("owner"), pending)).toBe("pending")
  expect(await vote(await as("reviewer"), pending)).toBe("pending")
  expect(await vote(await as("admin"), pending)).toBe("approved")
})

test("the page says how far each of them is, and whose vote no longer counts", async () => {
  await putInForce(world, either)
  const pending = await pendingWrite(key)
  const [looking, gone] = [await as("reviewer"), await as("reviewer")]
  const actor = await principalOfSession(looking.sessionId)
  if (actor === null) throw new Error("A person has no session.")
  await vote(gone, pending)
  const page = () => approvalPage(actor, pending.approvalId)
  expect((await page()).quorum).toEqual({ counted: { owners: 0, admins: 0, voters: 1 }, uncounted: [] })
  await world.su.query("UPDATE membership SET role = 'auditor' WHERE membership_id = $1", [gone.membershipId])

  expect((await page()).quorum).toEqual({
    counted: { owners: 0, admins: 0, voters: 0 },
    uncounted: [{ personId: gone.personId, why: "ineligible" }],
  })
  expect((await page()).approval.required).toEqual([owners(1), reviewers(2)])
})

test("and whose does not count though they may vote: as one with another, without a reason, not signed", async () => {
  await putInForce(world, asking("stages: [{group: reviewers, count: 5}]"))
  const pending = await pendingWrite(key)
  const [first, known, silent] = [await as("reviewer"), await as("reviewer"), await as("reviewer")]
  const actor = await principalOfSession(first.sessionId)
  if (actor === null) throw new Error("A person has no session.")
  await resetPassword(world, first, known)
  for (const { caller } of [first, known]) await castVote(caller, pending, { reason: "Read." })
  await vote(silent, pending)
  const uncounted = async () =>
    (await approvalPage(actor, pending.approvalId)).quorum.uncounted.map(({ personId, why }) => [
      personId,
      why,
    ])
  const asOne = [known.personId, "as_one"]
  expect(await uncounted()).toEqual([asOne])

  const now = (set: string) =>
    world.su.query(`UPDATE approval SET ${set} WHERE approval_id = $1`, [pending.approvalId])
  await now("reason_required = true")
  expect(await uncounted()).toEqual([asOne, [silent.personId, "no_reason"]])
  await now(`reason_required = false, required = jsonb_set(required, '{0,stepUp}', 'true')`)
  expect(await uncounted()).toEqual([first, known, silent].map(({ personId }) => [personId, "unsigned"]))
})

test.each([
  [
    "are enough for one of the new alternatives",
    asking("stages: [{group: reviewers, count: 2}]"),
    either,
    200,
    "consumed",
  ],
  [
    "are enough for none of them",
    asking("stages: [{group: reviewers, count: 2}]"),
    asking("anyOf: [{stages: [{group: owners, count: 1}]}, {stages: [{group: admins, count: 2}]}]"),
    409,
    "pending",
  ],
  [
    "were for an alternative that is gone",
    either,
    asking("stages: [{group: owners, count: 1}]"),
    409,
    "pending",
  ],
  ["are not asked for any more", either, "rules:\n  - {name: all, effect: allow}\n", 200, "consumed"],
  ["are for what is denied by now", either, "rules:\n  - {name: all, effect: deny}\n", 409, "cancelled"],
])("a policy that moved since: votes that %s", async (_, before, after, status, becomes) => {
  await putInForce(world, before)
  const pending = await pendingWrite(key)
  for (const role of ["admin", "reviewer"] as const) await vote(await as(role), pending)
  await putInForce(world, after)

  expect((await spend(key, pending)).status).toBe(status)
  const { body } = await (await as("owner")).caller.get(`/api/v1/approvals/${pending.approvalId}`)
  expect(body.status).toBe(becomes)
  if (becomes !== "pending") return
  expect(await vote(await as("owner"), pending)).toBe("approved")
  expect((await spend(key, pending)).status).toBe(200)
})
