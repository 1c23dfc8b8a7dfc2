import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Caller } from "../support/api"
import { approve, openRun, pendingWrite, spend, type Pending } from "../support/calls"
import { pendingWriteIn, vote } from "../support/deciding"
import { pendingPlan } from "../support/plans"
import { putInForce } from "../support/rules"
import { makeKey, makePerson, newLeaves, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
})
afterAll(() => world.close())

const asking = (stages: string) =>
  `rules:\n  - name: all\n    effect: require_approval\n    approval: {stages: [${stages}]}\n`
const two = asking("{group: reviewers, count: 2}")

const read = async ({ approvalId }: Pending) => (await reviewer.get(`/api/v1/approvals/${approvalId}`)).body

describe("a vote that was good when it was cast", () => {
  test.each<[string, (voter: MadePerson, pending: Pending) => Promise<unknown>]>([
    [
      "was disabled",
      ({ personId }) =>
        world.su.query("UPDATE person SET disabled_at = now() WHERE person_id = $1", [personId]),
    ],
    [
      "became the operator of the run",
      ({ personId }, { runId }) =>
        world.su.query("UPDATE run SET operator_id = $2 WHERE run_id = $1", [runId, personId]),
    ],
    [
      "was given the key that asked",
      ({ personId }, { approval }) =>
        world.su.query("UPDATE api_key SET owner_id = $2 WHERE key_id = $1", [
          approval.requestedBy.keyId,
          personId,
        ]),
    ],
    [
      "was given the key that replaces the one that asked",
      async ({ personId }, { approval }) => {
        const { keyId } = await makeKey(world, { ownerId: personId })
        await world.su.query("UPDATE api_key SET family_id = $2 WHERE key_id = $1", [
          keyId,
          approval.requestedBy.keyId,
        ])
      },
    ],
    [
      "edited the policy",
      ({ personId }) =>
        world.su.query(
          "INSERT INTO rule_edit (tenant_id, person_id, event_id, kind, subject) VALUES ($1, $2, 'evt_a', 'policy', '')",
          [world.ours.tenantId, personId],
        ),
    ],
  ])("does not count towards the quorum once its voter %s", async (_, happen) => {
    await putInForce(world, two)
    const own = await makeKey(world)
    const pending = await pendingWriteIn(own.caller, await openRun(own.caller))
    const gone = await makePerson(world, { role: "reviewer" })
    expect((await approve(gone.caller, pending)).body.status).toBe("pending")
    await happen(gone, pending)

    expect((await approve(reviewer, pending)).body.status).toBe("pending")
    expect((await spend(own.caller, pending)).body.code).toBe("not_approved")
    expect((await approve(await world.as("admin"), pending)).body.status).toBe("approved")
  })
})

describe("a vote in somebody's place", () => {
  const inPlaceOf = (pending: Pending, voter: MadePerson, absent: MadePerson) =>
    world.su.query("UPDATE vote SET on_behalf_of = $3 WHERE approval_id = $1 AND person_id = $2", [
      pending.approvalId,
      voter.personId,
      absent.personId,
    ])

  test("leaves that one no vote of their own to add", async () => {
    await putInForce(world, two)
    const pending = await pendingWrite(key)
    const [standIn, absent] = [
      await makePerson(world, { role: "reviewer" }),
      await makePerson(world, { role: "reviewer" }),
    ]
    await approve(standIn.caller, pending)
    await inPlaceOf(pending, standIn, absent)

    expect((await approve(absent.caller, pending)).body.code).toBe("already_voted")
    expect((await approve(reviewer, pending)).body.status).toBe("approved")
  })

  test("counts once with that one's own, however both came there", async () => {
    await putInForce(world, asking("{group: reviewers, count: 3}"))
    const pending = await pendingWrite(key)
    const [standIn, absent] = [
      await makePerson(world, { role: "reviewer" }),
      await makePerson(world, { role: "reviewer" }),
    ]
    for (const { caller } of [standIn, absent]) await approve(caller, pending)
    await inPlaceOf(pending, standIn, absent)

    expect((await approve(reviewer, pending)).body.status).toBe("pending")
    expect((await approve(await world.as("admin"), pending)).body.status).toBe("approved")
  })
})

describe("asking for changes", () => {
  test("ends the request as denied, with what to change, and needs that", async () => {
    await putInForce(world, asking("{group: owners, count: 1}"))
    const pending = await pendingWrite(key)
    const wish = { decision: "request_changes" }
    expect(await vote(reviewer, pending, wish)).toMatchObject({
      status: 422,
      body: { code: "reason_required" },
    })

    const { value, leaves } = await newLeaves(world, () =>
      vote(reviewer, pending, { ...wish, reason: "Keep the second line." }),
    )
    expect(value.body).toMatchObject({
      status: "denied",
      endedBecause: "changes_requested",
      votes: [{ decision: "request_changes", reason: "Keep the second line." }],
    })
    expect(leaves.map(({ type, body }) => [type, body.fields["decision"]])).toEqual([
      ["approval.denied", "request_changes"],
    ])
    expect((await spend(key, pending)).body.code).toBe("denied")
    expect(await read(await deniedPlainly())).toMatchObject({ status: "denied", endedBecause: null })
  })

  test("of a whole plan ends each of its calls so; whoever edited the policy is told so there too", async () => {
    await putInForce(world, asking("{group: reviewers, count: 1}"))
    const { planId, planHash, items } = await pendingPlan(key)
    const editor = await makePerson(world, { role: "admin" })
    await world.su.query(
      "INSERT INTO rule_edit (tenant_id, person_id, event_id, kind, subject) VALUES ($1, $2, 'evt_b', 'policy', '')",
      [world.ours.tenantId, editor.personId],
    )
    const send = (who: Caller, more: object) =>
      who.post(`/api/v1/plans/${planId}/votes`, { decision: "request_changes", planHash, ...more })
    expect((await send(reviewer, {})).body.code).toBe("reason_required")
    const refused = await send(editor.caller, { reason: "No." })
    expect(refused).toMatchObject({ status: 403, body: { code: "edited_recently" } })
    expect(refused.body.detail).toContain("You edited the policy")

    expect((await send(reviewer, { reason: "One file at a time." })).body.status).toBe("denied")
    for (const { approvalId } of items) {
      const { body } = await reviewer.get(`/api/v1/approvals/${approvalId}`)
      expect(body).toMatchObject({ status: "denied", endedBecause: "changes_requested" })
    }
  })

  async function deniedPlainly(): Promise<Pending> {
    const pending = await pendingWrite(key)
    await vote(reviewer, pending, { decision: "deny", reason: "No." })
    return pending
  }
})
