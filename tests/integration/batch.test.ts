import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Caller, type Reply } from "../support/api"
import { approve, pendingWrite, spend, type Pending } from "../support/calls"
import { typesFor, vote } from "../support/deciding"
import { reportView, shownWrites, voteTogether } from "../support/attention-operations"
import { holdLock, someoneWaits } from "../support/locks"
import { putInForce } from "../support/rules"
import { leavesOf, makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
})
afterAll(() => world.close())

const statusOf = async ({ approvalId }: Pending) =>
  String((await reviewer.get(`/api/v1/approvals/${approvalId}`)).body.status)
const statusesOf = (all: readonly Pending[]) => Promise.all(all.map(statusOf))
const codesIn = ({ body }: Reply) => body.votes.map(({ code }: { code: string | null }) => code)

describe("deciding several changes at once", () => {
  test("gives each its own vote on its own hash, its own leaf, and a decision that can be spent", async () => {
    const pending = await shownWrites(key, reviewer, 3)
    const { value: reply, leaves } = await newLeaves(world, () =>
      voteTogether(reviewer, "all_or_nothing", pending),
    )

    expect(reply.body).toEqual({
      votes: pending.map(({ approvalId }) => ({ approvalId, code: null, title: null, status: "approved" })),
    })
    expect(leaves.map(({ type, approvalId }) => [type, approvalId])).toEqual(
      pending.map(({ approvalId }) => ["approval.approved", approvalId]).toSorted(),
    )
    const { rows } = await world.su.query(
      "SELECT approval_id, change_hash FROM vote WHERE approval_id = ANY ($1) ORDER BY 1",
      [pending.map(({ approvalId }) => approvalId)],
    )
    expect(rows.map(({ change_hash }) => change_hash)).toEqual(pending.map(({ changeHash }) => changeHash))
    for (const one of pending) expect((await spend(key, one)).status).toBe(200)
  })

  test("casts none of all or nothing when one is refused, and names each that is with its place", async () => {
    const [first, second, unseen] = [...(await shownWrites(key, reviewer, 2)), await pendingWrite(key)] as [
      Pending,
      Pending,
      Pending,
    ]
    await vote(reviewer, second, { decision: "deny", reason: "No." })
    const refused = await voteTogether(reviewer, "all_or_nothing", [first, second, unseen])

    expect(refused).toMatchObject({ status: 409, body: { code: "batch_refused" } })
    expect(refused.body.reasons.map(({ code, path }: any) => [code, path])).toEqual([
      ["approval_closed", "/votes/1"],
      ["not_shown", "/votes/2"],
    ])
    expect(await statusesOf([first, second, unseen])).toEqual(["pending", "denied", "pending"])
    expect(await typesFor(world, first)).toEqual(["tool_call.pending"])
  })

  test("lets each count on its own when that was chosen, and answers each in the order sent", async () => {
    const [first, second] = (await shownWrites(key, reviewer, 2)) as [Pending, Pending]
    const unseen = await pendingWrite(key)
    const nobodys = { ...first, approvalId: unseen.approvalId.replace(/.{6}$/, "000000") }
    const reply = await voteTogether(reviewer, "each", [second, unseen, nobodys, first])

    expect(reply.status).toBe(200)
    expect(codesIn(reply)).toEqual([null, "not_shown", "not_found", null])
    expect(await statusesOf([first, second, unseen])).toEqual(["approved", "approved", "pending"])
  })

  test("denies what was not shown: what nobody read need not be let through", async () => {
    const pending = [await pendingWrite(key), await pendingWrite(key)]
    const without = await voteTogether(reviewer, "all_or_nothing", pending, { decision: "deny" })
    expect(without).toMatchObject({ status: 422, body: { code: "reason_required" } })
    const denied = await voteTogether(reviewer, "all_or_nothing", pending, {
      decision: "deny",
      reason: "No.",
    })

    expect(denied.body.votes).toMatchObject([{ status: "denied" }, { status: "denied" }])
  })

  test("counts what was shown for the person and the hash alone", async () => {
    const [pending] = (await shownWrites(key, reviewer, 1)) as [Pending]
    const other = (await makePerson(world, { role: "reviewer" })).caller
    expect(codesIn(await voteTogether(other, "each", [pending]))).toEqual(["not_shown"])

    await reportView(other, pending, { hunksShown: 0, isComplete: false })
    expect(codesIn(await voteTogether(other, "each", [pending]))).toEqual(["not_shown"])
    const elsewhere = { ...pending, changeHash: "0".repeat(64) }
    expect(await reportView(other, elsewhere)).toMatchObject({ status: 409, body: { code: "hash_mismatch" } })
    expect(codesIn(await voteTogether(other, "each", [elsewhere]))).toEqual(["hash_mismatch"])
    expect((await approve(other, pending)).status).toBe(200)
  })

  test("keeps a refusal's leaf with the change that it was about", async () => {
    const pending = [await pendingWrite(key), await pendingWrite(key)]
    const owner = await world.as("owner")
    for (const mode of ["each", "all_or_nothing"] as const) await voteTogether(owner, mode, pending)

    for (const one of pending) {
      expect(await typesFor(world, one)).toEqual(["tool_call.pending", "request.refused", "request.refused"])
    }
  })

  test("takes each approval once, twenty at the most, from people", async () => {
    const [pending] = (await shownWrites(key, reviewer, 1)) as [Pending]
    for (const votes of [[], [pending, pending], Array.from({ length: 21 }, () => pending)]) {
      expect((await voteTogether(reviewer, "each", votes)).status).toBe(422)
    }
    expect((await voteTogether(key, "each", [pending])).status).toBe(401)
    expect(await statusOf(pending)).toBe("pending")
  })
})

describe("several votes across clients", () => {
  test("stand in the log of the client that each is about", async () => {
    const ours = await shownWrites(key, reviewer, 1)
    const theirs = await shownWrites(world.key(1), reviewer, 1)
    const tenantIds = world.demo.tenants.map(({ tenantId }) => tenantId)
    const reply = await voteTogether(reviewer, "all_or_nothing", [...theirs, ...ours])

    expect(codesIn(reply)).toEqual([null, null])
    for (const [at, [pending]] of [ours, theirs].entries()) {
      const leaves = await leavesOf(world, tenantIds[at] ?? "")
      expect(leaves.at(-1)).toMatchObject({ type: "approval.approved", approvalId: pending?.approvalId })
    }
  })

  test("are refused together by what one client's rules say", async () => {
    const inOne = await makePerson(world, { role: "reviewer", tenantId: world.ours.tenantId })
    const ours = await shownWrites(key, inOne.caller, 1)
    const theirs = await pendingWrite(world.key(1))
    const reply = await voteTogether(inOne.caller, "all_or_nothing", [...ours, theirs])

    expect(reply.body.reasons).toMatchObject([{ code: "not_found", path: "/votes/1" }])
    expect(await statusesOf([...ours, theirs])).toEqual(["pending", "pending"])
  })
})

describe("races", () => {
  test("of batches in opposite orders end with each change decided once, whoever was first", async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => makePerson(world, { role: "reviewer" })))
    const pending = [
      ...(await shownWrites(key, reviewer, 3)),
      ...(await shownWrites(world.key(1), reviewer, 3)),
    ]
    for (const { caller } of people) for (const one of pending) await reportView(caller, one)
    const replies = await Promise.all(
      people.map(({ caller }, at) =>
        voteTogether(caller, "all_or_nothing", at % 2 === 0 ? pending : pending.toReversed()),
      ),
    )

    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409])
    const { rows } = await world.su.query("SELECT person_id FROM vote WHERE approval_id = ANY ($1)", [
      pending.map(({ approvalId }) => approvalId),
    ])
    expect([rows.length, new Set(rows.map(({ person_id }) => person_id)).size]).toEqual([6, 1])
  })

  test("with whoever ends one of them first leave the others as they were", async () => {
    const pending = await shownWrites(key, reviewer, 3)
    const middle = pending[1] as Pending
    const held = await holdLock(world, "SELECT 1 FROM approval WHERE approval_id = $1 FOR UPDATE", [
      middle.approvalId,
    ])
    const voting = voteTogether(reviewer, "all_or_nothing", pending)
    await someoneWaits(world)
    const owner = await world.as("owner")
    const cancelling = owner.post(`/api/v1/approvals/${middle.approvalId}/cancel`)
    await someoneWaits(world, 2)
    await held.release()
    const [voted, cancelled] = await Promise.all([voting, cancelling])

    const expected =
      voted.status === 200 ? ["approved", "cancelled", "approved"] : ["pending", "cancelled", "pending"]
    expect([voted.status, cancelled.status]).toEqual([voted.status === 200 ? 200 : 409, 200])
    expect(await statusesOf(pending)).toEqual(expected)
  })
})

test("leaves what has to be signed to its own page", async () => {
  await putInForce(world, "rules: [{name: all, effect: require_approval, approval: {stepUp: true}}]\n")
  const [signed] = (await shownWrites(key, reviewer, 1)) as [Pending]
  const reply = await voteTogether(reviewer, "each", [signed])

  expect(codesIn(reply)).toEqual(["step_up_required"])
  expect(await statusOf(signed)).toBe("pending")
})
