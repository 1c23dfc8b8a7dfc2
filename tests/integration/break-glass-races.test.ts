import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { Caller, Reply } from "../support/api"
import {
  asking,
  beginBreaking,
  breakGlassOf,
  confirmBreaking,
  manyOwners,
  why,
} from "../support/breaking-glass"
import { pendingWrite, spend, type Pending } from "../support/calls"
import { codes, typesFor, vote } from "../support/deciding"
import { holdLock, someoneWaits } from "../support/locks"
import { putInForce } from "../support/rules"
import { leavesOf, makePerson, newLeaves, startWorld, type MadePerson, type World } from "../support/world"

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

describe("of a confirmation and something else at once exactly one wins:", () => {
  const ended = async (): Promise<string[]> =>
    (await typesFor(world, pending)).filter((type) =>
      /approved|denied|cancelled|expired|withdrawn/.test(type),
    )

  test.each<[string, () => Promise<Reply>[], string[]]>([
    [
      "another confirmation",
      () => [confirm(second), confirm({ caller: thirdAdmin.caller })],
      ["approval_closed", "won"],
    ],
    [
      "a denial",
      () => [confirm(second), vote(reviewer, pending, { decision: "deny", reason: "No." })],
      ["approval_closed", "won"],
    ],
    [
      "a cancellation",
      () => [confirm(second), thirdAdmin.caller.post(`/api/v1/approvals/${pending.approvalId}/cancel`)],
      [],
    ],
    [
      "a withdrawal",
      () => [confirm(second), first.caller.delete(breakGlassOf(pending))],
      ["break_glass_closed", "won"],
    ],
  ])("%s", async (_, ask, expected) => {
    for (let round = 0; round < 4; round += 1) {
      pending = await pendingWrite(key)
      await begin(first)
      const answers = codes(await Promise.all(round % 2 === 0 ? ask() : ask().reverse()))
      const { status, breakGlass } = await read()
      const leaves = await ended()
      // What is approved can still be cancelled: there both can win, one after the other.
      if (expected.length > 0) expect(answers).toEqual(expected)
      else expect(leaves.at(-1)).toBe("approval.cancelled")
      if (expected.length > 0) expect(leaves).toHaveLength(1)
      expect(breakGlass?.status === "approved").toBe(leaves.includes("approval.break_glass_approved"))
      expect(status === "approved").toBe(leaves.at(-1) === "approval.break_glass_approved")
    }
  })

  let thirdAdmin: MadePerson
  beforeAll(async () => {
    thirdAdmin = await makePerson(world, { role: "admin" })
  })

  test.each([
    [
      "its time running out",
      "expired",
      "UPDATE approval SET expires_at = clock_timestamp() WHERE approval_id = $1",
    ],
    [
      "the first one's part ending",
      "break_glass_closed",
      `WITH locked AS (SELECT 1 FROM approval WHERE approval_id = $1 FOR UPDATE)
       UPDATE membership SET ended_at = now() WHERE membership_id = $2 AND EXISTS (SELECT FROM locked)`,
    ],
  ])("%s", async (_, code, sql) => {
    const gone = await makePerson(world, { role: "admin" })
    await begin(gone)
    const values = [pending.approvalId, gone.membershipId].slice(0, sql.includes("$2") ? 2 : 1)
    const lock = await holdLock(world, sql, values)
    const waiting = confirm(second)
    await someoneWaits(world)
    await lock.release()
    const answer = await waiting
    expect(answer.body.code, answer.text).toBe(code)
    expect((await read()).votes).toEqual([])
  })
})

test("a stronger policy sends it back to wait when it is spent, as any other approval", async () => {
  await begin(first)
  await confirm(second)
  await putInForce(world, asking("stages: [{group: owners, count: 4}]"))
  expect(await spend(key, pending)).toMatchObject({ status: 409, body: { code: "not_approved" } })
  expect(await read()).toMatchObject({ status: "pending", breakGlass: null })
  expect((await typesFor(world, pending)).slice(-2)).toEqual([
    "approval.break_glass_approved",
    "approval.reopened",
  ])

  await putInForce(world, asking("stages: [{group: admins, count: 2}]"))
  pending = await pendingWrite(key)
  await begin(first)
  await confirm(second)
  await putInForce(world, asking("stages: [{group: admins, count: 2}]"))
  expect((await spend(key, pending)).status).toBe(200)
  await putInForce(world, manyOwners)
})

describe("everybody is told of it", () => {
  const notices = async (who: Caller): Promise<any[]> =>
    (await who.get("/api/v1/break-glass/notices")).body.items.filter(
      ({ approvalId }: any) => approvalId === pending.approvalId,
    )
  const seen = (who: Caller) => who.put(`${breakGlassOf(pending)}/seen`)

  test("who was there, until they say that they read of it; nobody else", async () => {
    const others = await Promise.all([
      makePerson(world, { role: "auditor", tenantId: world.ours.tenantId }),
      makePerson(world, { role: "reviewer", tenantId: world.demo.tenants[1]?.tenantId ?? "" }),
      makePerson(world, { role: "owner", agencyId: world.theirs.agencyId }),
    ])
    const [auditor, elsewhere, stranger] = others.map(({ caller }) => caller) as [Caller, Caller, Caller]
    await begin(first)
    expect(await notices(auditor)).toEqual([])
    await confirm(second)
    const late = await makePerson(world, { role: "owner" })

    for (const who of [auditor, reviewer, first.caller, second.caller])
      expect(await notices(who)).toMatchObject([
        { reason: why, by: { personId: first.personId }, confirmedBy: { personId: second.personId } },
      ])
    for (const who of [elsewhere, stranger, late.caller]) expect(await notices(who)).toEqual([])
    const { value, leaves } = await newLeaves(world, () => seen(auditor))
    expect([value.status, leaves.map(({ type }) => type)]).toEqual([200, ["approval.break_glass_seen"]])
    expect([await notices(auditor), (await notices(reviewer)).length]).toEqual([[], 1])
    expect((await seen(stranger)).status).toBe(404)

    pending = await pendingWrite(key)
    expect(await seen(reviewer)).toMatchObject({ status: 404, body: { code: "not_found" } })
  })
})

test("an owner switches it off for good: nothing waiting is confirmed, nothing begun, and the database keeps it so", async () => {
  const { agencyId } = world.ours
  const path = `/api/v1/agencies/${agencyId}/break-glass`
  await begin(first)
  expect(await first.caller.delete(path)).toMatchObject({ status: 403, body: { code: "forbidden" } })
  const stranger = await makePerson(world, { role: "owner", agencyId: world.theirs.agencyId })
  for (const ask of [stranger.caller.get(path), stranger.caller.delete(path)])
    expect((await ask).status).toBe(404)
  expect((await reviewer.get(path)).body).toMatchObject({ isOn: true, offAt: null, offBy: null })

  const off = await second.caller.delete(path)
  expect([off.status, off.body.isOn, off.body.offBy?.personId]).toEqual([200, false, second.personId])
  for (const { tenantId } of world.demo.tenants)
    expect((await leavesOf(world, tenantId)).at(-1)?.type).toBe("agency.break_glass_off")
  expect(await confirm(second)).toMatchObject({ status: 409, body: { code: "break_glass_off" } })
  pending = await pendingWrite(key)
  expect(await begin(first)).toMatchObject({ status: 409, body: { code: "break_glass_off" } })
  expect(await second.caller.delete(path)).toMatchObject({ status: 409, body: { code: "break_glass_off" } })
  for (const to of ["NULL", "now()"])
    await expect(
      world.su.query(`UPDATE agency SET break_glass_off_at = ${to} WHERE agency_id = $1`, [agencyId]),
    ).rejects.toThrow("switched off for good")
})
