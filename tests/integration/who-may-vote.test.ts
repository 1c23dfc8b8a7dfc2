import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Caller } from "../support/api"
import { enrol, personWithPassword } from "../support/authenticators"
import { approve, openRun, pendingWrite, spend, type Pending } from "../support/calls"
import { pendingWriteIn, resetPassword, vote } from "../support/deciding"
import { pendingPlan } from "../support/plans"
import { friendly, strict, tenantWithPolicy } from "../support/policies"
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

test("a voter who is removed as the vote is recorded is told that it was, and it counts for nothing", async () => {
  await putInForce(world, two)
  const gone = await makePerson(world, { role: "reviewer" })
  const pending = await pendingWrite(key)
  await world.su.query(`
    CREATE FUNCTION remove_voter() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      UPDATE membership SET ended_at = clock_timestamp() WHERE person_id = NEW.person_id;
      UPDATE session SET revoked_at = clock_timestamp() WHERE person_id = NEW.person_id;
      RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER remove_voter AFTER INSERT ON vote DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.person_id = '${gone.personId}') EXECUTE FUNCTION remove_voter()`)
  const voted = await approve(gone.caller, pending)
  await world.su.query("DROP FUNCTION remove_voter() CASCADE")

  expect([voted.status, voted.body.status, voted.body.votes], voted.text).toMatchObject([
    200,
    "pending",
    [{ personId: gone.personId, decision: "approve" }],
  ])
  expect((await gone.caller.get(`/api/v1/approvals/${pending.approvalId}`)).status).toBe(401)
  expect((await approve(reviewer, pending)).body.status).toBe("pending")
})

describe("for a day after a link reset a password, whoever made it and whose it is", () => {
  const reset = (by: Pick<MadePerson, "personId">, of: Pick<MadePerson, "personId">) =>
    resetPassword(world, by, of)
  const pair = async () =>
    [await makePerson(world, { role: "admin" }), await makePerson(world, { role: "reviewer" })] as const

  test.each<[string, (admin: MadePerson, member: MadePerson) => readonly MadePerson[]]>([
    ["first", (admin, member) => [admin, member]],
    ["last", (admin, member) => [member, admin]],
  ])("count as one in a quorum, whoever votes %s", async (_, inTurn) => {
    await putInForce(world, two)
    const [admin, member] = await pair()
    const pending = await pendingWrite(key)
    await reset(admin, member)
    for (const { caller } of inTurn(admin, member))
      expect((await approve(caller, pending)).body.status).toBe("pending")

    expect((await approve(reviewer, pending)).body.status).toBe("approved")
  })

  test("neither decides what the other is part of, nor by what the other edited", async () => {
    await putInForce(world, asking("{group: reviewers, count: 1}"))
    const [admin, member] = await pair()
    await reset(admin, member)
    const ask = async (ownerId: string) => {
      const own = await makeKey(world, { ownerId })
      return pendingWriteIn(own.caller, await openRun(own.caller))
    }
    expect((await approve(member.caller, await ask(admin.personId))).body.code).toBe("counts_as_one")
    expect((await approve(admin.caller, await ask(member.personId))).body.code).toBe("counts_as_one")
    await world.su.query(
      "INSERT INTO rule_edit (tenant_id, person_id, event_id, kind, subject) VALUES ($1, $2, 'evt_r', 'policy', '')",
      [world.ours.tenantId, admin.personId],
    )
    const pending = await pendingWrite(key)
    expect((await approve(admin.caller, pending)).body.code).toBe("edited_recently")
    expect((await approve(member.caller, pending)).body.code).toBe("counts_as_one")
    await world.su.query("UPDATE password_reset SET used_at = used_at - interval '24 hours'")
    expect((await approve(member.caller, pending)).body.status).toBe("approved")
  })

  test("do not agree to each other's rules, nor take somebody's authenticators away together", async () => {
    const { publish, path, second, ...box } = await tenantWithPolicy(world)
    const [maker, other] = [{ personId: box.adminId }, await second()]
    await publish(strict, 1)
    const { proposalId } = (await publish(friendly, 2)).body
    await reset(maker, other)
    const { hash } = (await other.caller.get(path(`/proposals/${proposalId}`))).body
    const agree = ({ caller }: Pick<MadePerson, "caller">) =>
      caller.post(path(`/proposals/${proposalId}/approve`), { hash })
    expect((await agree(other)).body.code).toBe("counts_as_one")
    expect((await agree(await second())).status).toBe(200)

    const person = await personWithPassword(world)
    await enrol(world, person)
    const asked = await box.admin.post(`/api/v1/members/${person.membershipId}/authenticator-recovery`)
    const confirm = ({ caller }: Pick<MadePerson, "caller">) =>
      caller.post(`/api/v1/authenticator-recoveries/${asked.body.recoveryId}/confirm`)
    await confirm({ caller: box.admin })
    expect((await confirm(other)).body.code).toBe("second_person_required")
    expect((await confirm(await second())).body.status).toBe("done")
  })

  test("do not break the glass together", async () => {
    const [admin, other] = [
      await makePerson(world, { role: "admin" }),
      await makePerson(world, { role: "admin" }),
    ]
    const pending = await pendingWrite(key)
    const said = { changeHash: pending.changeHash, reason: "The shop of the client is down." }
    const path = `/api/v1/approvals/${pending.approvalId}/break-glass`
    await reset(admin, other)
    expect((await admin.caller.post(path, said)).status).toBe(201)

    expect((await other.caller.post(`${path}/confirm`, said)).body.code).toBe("second_person_required")
    const third = await makePerson(world, { role: "admin" })
    expect((await third.caller.post(`${path}/confirm`, said)).body.status).toBe("approved")
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
