import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { Caller, Reply } from "../support/api"
import { enrol, personWithPassword, signed } from "../support/authenticators"
import {
  alsoWhy,
  asking,
  beginBreaking,
  breakGlassOf,
  confirmBreaking,
  manyOwners,
  why,
} from "../support/breaking-glass"
import { approve, openRun, pendingWrite, spend, type Pending } from "../support/calls"
import { pendingWriteIn, vote } from "../support/deciding"
import { permitIn, putInForce } from "../support/rules"
import { makeKey, makePerson, newLeaves, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller
let first: MadePerson
let second: MadePerson
let pending: Pending

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  first = await makePerson(world, { role: "admin" })
  second = await makePerson(world, { role: "owner" })
  await putInForce(world, manyOwners)
})
afterAll(() => world.close())
beforeEach(async () => {
  pending = await pendingWrite(key)
})

const begin = (who: Pick<MadePerson, "caller">, changes?: object) => beginBreaking(who, pending, changes)
const confirm = (who: Pick<MadePerson, "caller">, changes?: object) => confirmBreaking(who, pending, changes)
const read = async (): Promise<any> => (await key.get(`/api/v1/approvals/${pending.approvalId}`)).body

describe("breaking the glass", () => {
  test("approves by two administrators what waits for more, says so everywhere, and its permit names the two", async () => {
    const { value, leaves } = await newLeaves(world, async () => {
      const begun = await begin(first)
      expect([begun.status, begun.body.status], begun.text).toEqual([201, "pending"])
      expect(begun.body.breakGlass).toMatchObject({
        status: "open",
        by: { personId: first.personId },
        reason: why,
        confirmedBy: null,
      })
      const { at: begunAt, expiresAt } = begun.body.breakGlass
      expect(Date.parse(expiresAt) - Date.parse(begunAt)).toBe(15 * 60 * 1000)
      expect((await read()).breakGlass.status).toBe("open")
      return confirm(second)
    })

    expect([value.status, value.body.status], value.text).toEqual([200, "approved"])
    expect(value.body.breakGlass).toMatchObject({
      status: "approved",
      reason: why,
      confirmedBy: { personId: second.personId },
      confirmReason: alsoWhy,
      confirmedAt: value.body.decidedAt,
    })
    expect(leaves.map(({ type, body }) => [type, body.actor.id, body.fields["begunById"]])).toEqual([
      ["approval.break_glass_begun", first.personId, undefined],
      ["approval.break_glass_approved", second.personId, first.personId],
    ])
    expect(leaves.every(({ bytes }) => !bytes.includes("asleep") && !bytes.includes("spoke"))).toBe(true)
    const spent = await spend(key, pending)
    expect(permitIn(spent)["voters"]).toEqual([first.personId, second.personId])
    const { items } = (await reviewer.get("/api/v1/approvals?status=consumed")).body
    expect(items[0]).toMatchObject({ approvalId: pending.approvalId, isBreakGlass: true })
  })

  test("sets the rule about recent edits aside, and what the two voted before", async () => {
    for (const { personId } of [first, second])
      await world.su.query(
        `INSERT INTO rule_edit (tenant_id, person_id, event_id, kind, subject, edited_at)
         VALUES ($1, $2, 'evt_' || $2, 'policy', '', clock_timestamp())`,
        [world.ours.tenantId, personId],
      )
    expect(await approve(second.caller, pending)).toMatchObject({ body: { code: "edited_recently" } })
    expect((await begin(first)).status).toBe(201)
    expect((await confirm(second)).body.status).toBe("approved")
    await world.su.query("DELETE FROM rule_edit WHERE person_id = ANY ($1)", [
      [first.personId, second.personId],
    ])

    pending = await pendingWrite(key)
    expect((await approve(second.caller, pending)).body.status).toBe("pending")
    expect((await begin(second)).status).toBe(201)
    expect((await confirm(first)).body.votes).toHaveLength(2)
  })

  test.each<[string, string, () => Promise<Reply>]>([
    ["by a reviewer", "forbidden", () => begin({ caller: reviewer })],
    [
      "by an auditor",
      "forbidden",
      async () => begin({ caller: (await makePerson(world, { role: "auditor" })).caller }),
    ],
    [
      "by whoever owns the key",
      "separation_of_duties",
      async () => begin({ caller: await world.as("owner") }),
    ],
    [
      "by whoever made the key",
      "separation_of_duties",
      async () => {
        const asking = (await makeKey(world, { createdById: first.personId })).caller
        pending = await pendingWriteIn(asking, await openRun(asking))
        return begin(first)
      },
    ],
    [
      "by the run's operator",
      "separation_of_duties",
      async () => {
        pending = await pendingWriteIn(key, await openRun(key, { operator: first.personId }))
        return begin(first)
      },
    ],
    [
      "by somebody of another agency",
      "not_found",
      async () => {
        const stranger = await makePerson(world, { role: "owner", agencyId: world.theirs.agencyId })
        return begin(stranger)
      },
    ],
    ["of another hash", "hash_mismatch", () => begin(first, { changeHash: "0".repeat(64) })],
    [
      "with a reason of 19 characters",
      "invalid_request",
      () => begin(first, { reason: ` ${"x".repeat(19)} ` }),
    ],
    ["twice", "break_glass_open", () => begin(first).then(() => begin(second))],
    [
      "of what was denied",
      "approval_closed",
      async () => {
        await vote(reviewer, pending, { decision: "deny", reason: "No." })
        return begin(first)
      },
    ],
    [
      "confirmed by the one who began",
      "second_person_required",
      () => begin(first).then(() => confirm(first)),
    ],
    ["confirmed by a reviewer", "forbidden", () => begin(first).then(() => confirm({ caller: reviewer }))],
    ["confirmed where nothing was begun", "break_glass_closed", () => confirm(second)],
    [
      "confirmed for another hash",
      "hash_mismatch",
      () => begin(first).then(() => confirm(second, { changeHash: "0".repeat(64) })),
    ],
    [
      "confirmed without a reason",
      "invalid_request",
      () => begin(first).then(() => confirm(second, { reason: "ok" })),
    ],
    [
      "confirmed after it was withdrawn",
      "break_glass_closed",
      async () => {
        await begin(first)
        expect((await first.caller.delete(breakGlassOf(pending))).body.breakGlass).toBeNull()
        return confirm(second)
      },
    ],
    [
      "confirmed after 15 minutes",
      "break_glass_closed",
      async () => {
        await begin(first)
        await world.su.query("UPDATE break_glass SET expires_at = clock_timestamp() WHERE approval_id = $1", [
          pending.approvalId,
        ])
        const late = await confirm(second)
        expect((await read()).breakGlass).toBeNull()
        expect((await begin(second)).status).toBe(201)
        return late
      },
    ],
    [
      "confirmed after the first one is no administrator any more",
      "break_glass_closed",
      async () => {
        const gone = await makePerson(world, { role: "admin" })
        await begin(gone)
        await world.su.query("UPDATE membership SET role = 'reviewer' WHERE membership_id = $1", [
          gone.membershipId,
        ])
        return confirm(second)
      },
    ],
    [
      "confirmed after the first one came to own the key",
      "break_glass_closed",
      async () => {
        const { keyId, caller: asking } = await makeKey(world)
        pending = await pendingWriteIn(asking, await openRun(asking))
        await begin(first)
        await world.su.query("UPDATE api_key SET owner_id = $2 WHERE key_id = $1", [keyId, first.personId])
        return confirm(second)
      },
    ],
    [
      "withdrawn by a reviewer",
      "forbidden",
      () => begin(first).then(() => reviewer.delete(breakGlassOf(pending))),
    ],
    ["withdrawn where nothing waits", "break_glass_closed", () => first.caller.delete(breakGlassOf(pending))],
  ])("is refused %s (%s) and changes nothing", async (_, code, ask) => {
    const refused = await ask()
    expect(refused.body.code, refused.text).toBe(code)
    expect(["pending", "denied"]).toContain((await read()).status)
    expect((await read()).votes.filter(({ decision }: any) => decision === "approve")).toEqual([])
  })

  /** A change whose votes are signed, and two administrators with an authenticator each. */
  async function whereBothSign() {
    await putInForce(world, asking("stepUp: true, stages: [{group: owners, count: 5}]"))
    const [one, other] = [
      await personWithPassword(world, { role: "admin" }),
      await personWithPassword(world, { role: "admin" }),
    ]
    const [mine, theirs] = [await enrol(world, one), await enrol(world, other)]
    pending = await pendingWrite(key)

    return { one, mine, other, theirs }
  }

  test("takes a signature of each of the two where the approval asks for one, and keeps both", async () => {
    const { one, mine, other, theirs } = await whereBothSign()
    expect(await begin(one)).toMatchObject({ status: 403, body: { code: "step_up_required" } })
    const assertion = await signed(one, pending, mine, "break_glass")
    expect((await begin(one, { stepUp: { assertion } })).status).toBe(201)
    expect(await confirm(other)).toMatchObject({ body: { code: "step_up_required" } })
    expect(await confirm(other, { stepUp: { assertion } })).toMatchObject({
      body: { code: "step_up_invalid" },
    })
    const decided = await confirm(other, {
      stepUp: { assertion: await signed(other, pending, theirs, "break_glass") },
    })
    expect(decided.body.status, decided.text).toBe("approved")
    const evidence = await reviewer.get(`/api/v1/approvals/${pending.approvalId}/evidence`)
    expect(
      evidence.body.items.map(({ personId, challengeInput }: any) => [
        personId,
        JSON.parse(challengeInput).decision,
      ]),
    ).toEqual([
      [one.personId, "break_glass"],
      [other.personId, "break_glass"],
    ])

    pending = await pendingWrite(key)
    const begun = await begin(one, { stepUp: { assertion: await signed(one, pending, mine, "break_glass") } })
    expect(begun.status, begun.text).toBe(201)
    await world.su.query(
      "UPDATE authenticator SET removed_at = now(), removed_because = 'recovery' WHERE person_id = $1",
      [one.personId],
    )
    const stepUp = { assertion: await signed(other, pending, theirs, "break_glass") }
    expect(await confirm(other, { stepUp })).toMatchObject({ body: { code: "break_glass_closed" } })
    await putInForce(world, manyOwners)
  })

  test("takes no signature that was asked for as a vote, nor does a vote take one of these", async () => {
    const { one, mine, other, theirs } = await whereBothSign()
    const forVote = await signed(one, pending, mine)
    const forGlass = await signed(one, pending, mine, "break_glass")
    const wrong = { status: 403, body: { code: "step_up_invalid" } }
    expect(await begin(one, { stepUp: { assertion: forVote } })).toMatchObject(wrong)
    expect(await vote(one.caller, pending, { stepUp: { assertion: forGlass } })).toMatchObject(wrong)
    expect((await begin(one, { stepUp: { assertion: forGlass } })).status).toBe(201)
    expect(
      await confirm(other, { stepUp: { assertion: await signed(other, pending, theirs) } }),
    ).toMatchObject(wrong)
    await putInForce(world, manyOwners)
  })
})
