import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { enrol, personWithPassword, signed } from "../support/authenticators"
import { beginBreaking, confirmBreaking, manyOwners } from "../support/breaking-glass"
import { approve, openRun, pendingWrite, spend } from "../support/calls"
import { codes, pendingWriteIn, resetPassword, vote } from "../support/deciding"
import { putInForce } from "../support/rules"
import { leavesOf, makeKey, makePerson, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let key: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
})
afterAll(() => world.close())

const asking = (approval: string) =>
  putInForce(world, `rules:\n  - name: all\n    effect: require_approval\n    approval: {${approval}}\n`)
const reviewers = (count: number) => `stages: [{group: reviewers, count: ${count}}]`
const withdraw = ({ caller }: MadePerson, approvalId: string) =>
  caller.delete(`/api/v1/approvals/${approvalId}/votes/mine`)

/** One person opens the accounts of others, or one of those the next one's. */
type Trio = readonly [MadePerson, MadePerson, MadePerson]

const resets = (by: MadePerson, of: MadePerson) => resetPassword(world, by, of)

type Decider = "owner" | "admin" | "reviewer"

async function three(...roles: Decider[]): Promise<Trio> {
  const [one, other, third] = await Promise.all(roles.map((role) => makePerson(world, { role })))
  if (one === undefined || other === undefined || third === undefined) throw new Error("Name three roles.")
  return [one, other, third]
}

describe.each<[string, (people: Trio) => Promise<MadePerson[]>]>([
  [
    "the accounts of two were opened by a third",
    async ([by, one, other]) => {
      await Promise.all([resets(by, one), resets(by, other)])
      return [one, other]
    },
  ],
  [
    "one was opened by whoever opened the next one",
    async ([first, middle, last]) => {
      await resets(first, middle)
      await resets(middle, last)
      return [first, last]
    },
  ],
])("%s: both are one", (_, open) => {
  const pairOf = async (...roles: Decider[]): Promise<[MadePerson, MadePerson]> => {
    const [one, other] = await open(await three(...roles))
    if (one === undefined || other === undefined) throw new Error("There are two.")
    return [one, other]
  }

  test("when one asks and the other decides, and when both decide", async () => {
    await asking(reviewers(2))
    const [one, other] = await pairOf("owner", "owner", "reviewer")
    const own = (await makeKey(world, { ownerId: one.personId, createdById: one.personId })).caller
    const asked = await pendingWriteIn(own, await openRun(own))
    expect((await approve(other.caller, asked)).body.code).toBe("counts_as_one")

    const pending = await pendingWrite(key)
    await approve(one.caller, pending)
    const second = await approve(other.caller, pending)
    expect([second.status, second.body.status ?? second.body.code]).not.toEqual([200, "approved"])
    expect((await approve(await world.as("reviewer"), pending)).body.status).toBe("approved")
  })

  test("when the glass is broken, and when somebody's authenticators are taken away", async () => {
    await putInForce(world, manyOwners)
    const [one, other] = await pairOf("owner", "admin", "admin")
    const pending = await pendingWrite(key)
    expect((await beginBreaking(one, pending)).status).toBe(201)
    expect((await confirmBreaking(other, pending)).body.code).toBe("second_person_required")

    const person = await personWithPassword(world)
    await enrol(world, person)
    const asked = await one.caller.post(`/api/v1/members/${person.membershipId}/authenticator-recovery`)
    const done = await other.caller.post(`/api/v1/authenticator-recoveries/${asked.body.recoveryId}/confirm`)
    expect(done.body.code).toBe("second_person_required")
  })
})

describe("a vote that is not what is asked for", () => {
  test("is cast again where a policy asks for reasons since, before the spend and after", async () => {
    await asking(reviewers(1))
    const [one, other] = [
      await makePerson(world, { role: "reviewer" }),
      await makePerson(world, { role: "reviewer" }),
    ]
    const [silent, spoken] = [await pendingWrite(key), await pendingWrite(key)]
    await approve(one.caller, silent)
    await vote(one.caller, spoken, { reason: "As agreed." })
    await asking(`${reviewers(1)}, reasonRequired: true`)
    expect((await spend(key, spoken)).status).toBe(200)

    expect((await spend(key, silent)).body.code).toBe("not_approved")
    expect((await approve(other.caller, silent)).body.code).toBe("reason_required")
    expect((await withdraw(one, silent.approvalId)).body.status).toBe("pending")
    const again = await vote(one.caller, silent, { reason: "Now with one." })
    expect(again.body).toMatchObject({ status: "approved", reasonRequired: true })
    expect((await spend(key, silent)).status).toBe(200)
  })

  test("does not count once a recovery took away what it was signed with", async () => {
    await asking(`${reviewers(2)}, stepUp: true`)
    const [one, other] = [await personWithPassword(world), await personWithPassword(world)]
    const [first, second] = [await enrol(world, one), await enrol(world, other)]
    const pending = await pendingWrite(key)
    const cast = async (who: MadePerson, by: Awaited<ReturnType<typeof enrol>>) =>
      vote(who.caller, pending, { stepUp: { assertion: await signed(who, pending, by) } })
    expect((await cast(one, first)).body.status).toBe("pending")
    const [admin, confirmer] = await three("admin", "admin", "admin")
    const asked = await admin.caller.post(`/api/v1/members/${one.membershipId}/authenticator-recovery`)
    const path = `/api/v1/authenticator-recoveries/${asked.body.recoveryId}/confirm`
    expect((await confirmer.caller.post(path)).body.status).toBe("done")
    expect((await cast(other, second)).body.status).toBe("pending")
  })

  test("has its signature kept when the glass is broken after it was cast without", async () => {
    await asking("stages: [{group: owners, count: 5}]")
    const pending = await pendingWrite(key)
    const [one, other] = [
      await personWithPassword(world, { role: "admin" }),
      await personWithPassword(world, { role: "owner" }),
    ]
    const [first, second] = [await enrol(world, one), await enrol(world, other)]
    await approve(other.caller, pending)
    await beginBreaking(one, pending, {
      stepUp: { assertion: await signed(one, pending, first, "break_glass") },
    })
    const stepUp = { assertion: await signed(other, pending, second, "break_glass") }
    expect((await confirmBreaking(other, pending, { stepUp })).body.status).toBe("approved")
    const { rows } = await world.su.query<{ id: string }>(
      "SELECT person_id AS id FROM step_up_evidence WHERE approval_id = $1",
      [pending.approvalId],
    )
    expect(rows.map(({ id }) => id).toSorted()).toEqual([one.personId, other.personId].toSorted())
  })
})

describe("an unused decision", () => {
  const overNow: Record<string, (approvalId: string, runId: string) => Promise<unknown>> = {
    expired: (approvalId) =>
      world.su.query("UPDATE approval SET use_by = now() - interval '1 s' WHERE approval_id = $1", [
        approvalId,
      ]),
    cancelled: (_, runId) => key.post(`/api/v1/runs/${runId}/close`),
  }

  test.each(Object.entries(overNow))(
    "that is %s is taken back, and not carried over any more",
    async (status, end) => {
      await asking("carryOver: 1h")
      const voter = await makePerson(world, { role: "reviewer" })
      const pending = await pendingWrite(key)
      await approve(voter.caller, pending)
      await end(pending.approvalId, pending.runId)
      // Whoever finds that its time is over is told so first.
      await key.post(`/api/v1/approvals/${pending.approvalId}/cancel`)
      const said = await withdraw(voter, pending.approvalId)
      const taken = said.body.code === "expired" ? await withdraw(voter, pending.approvalId) : said
      expect(taken.body).toMatchObject({ status, votes: [] })
      expect((await leavesOf(world, world.ours.tenantId)).at(-1)).toMatchObject({
        type: "approval.vote_withdrawn",
        body: { fields: { from: status, to: status } },
      })
      expect((await withdraw(voter, pending.approvalId)).body.code).toBe("not_voted")
      expect((await pendingWrite(key)).approval.status).toBe("pending")
    },
  )

  test("that was carried over, or that somebody ended, is not", async () => {
    await asking("carryOver: 1h")
    const voter = await makePerson(world, { role: "reviewer" })
    const carried = await pendingWrite(key)
    await approve(voter.caller, carried)
    const next = await pendingWrite(key)
    expect(next.approval.status).toBe("approved")
    await key.post(`/api/v1/approvals/${next.approvalId}/cancel`)

    const ended = await pendingWrite(key)
    await approve(voter.caller, ended)
    await key.post(`/api/v1/approvals/${ended.approvalId}/cancel`)
    const replies = [await withdraw(voter, carried.approvalId), await withdraw(voter, ended.approvalId)]
    expect(codes(replies)).toEqual(["approval_closed", "approval_closed"])
  })
})

test("whoever sends the others away is not alone for a day", async () => {
  await putInForce(
    world,
    `selfReview: true\nrules:\n  - name: all\n    effect: require_approval\n    approval: {${reviewers(1)}}\n`,
  )
  const { su, ours } = world
  await su.query("UPDATE membership SET ended_at = now() WHERE agency_id = $1 AND person_id <> $2", [
    ours.agencyId,
    ours.ownerId,
  ])
  const other = await makePerson(world, { role: "reviewer" })
  await su.query("DELETE FROM rule_edit")
  const owner = await world.as("owner")
  const own = (await makeKey(world)).caller
  const pending = await pendingWriteIn(own, await openRun(own))
  expect((await approve(owner, pending)).body.code).toBe("separation_of_duties")
  expect((await owner.delete(`/api/v1/members/${other.membershipId}`)).status).toBeLessThan(300)
  expect((await approve(owner, pending)).body.code).toBe("separation_of_duties")
  await su.query("UPDATE rule_edit SET edited_at = now() - interval '25 hours'")
  expect((await approve(owner, pending)).body.status).toBe("approved")
})
