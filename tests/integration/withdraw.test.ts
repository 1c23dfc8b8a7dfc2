import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Caller, Reply } from "../support/api"
import { enrol, originOf, personWithPassword, signed } from "../support/authenticators"
import { approve, pendingWrite, spend, type Pending } from "../support/calls"
import { approvedWrite, codes, sixteen, typesFor, vote } from "../support/deciding"
import { holdLock, someoneWaits } from "../support/locks"
import { putInForce } from "../support/rules"
import { makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller
let admin: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  admin = (await makePerson(world, { role: "admin" })).caller
})
afterAll(() => world.close())

const pathOf = ({ approvalId }: Pending) => `/api/v1/approvals/${approvalId}`
const read = async (pending: Pending) => (await key.get(pathOf(pending))).body
const withdraw = (who: Caller, pending: Pending): Promise<Reply> =>
  who.delete(`${pathOf(pending)}/votes/mine`)
const set = (pending: Pending, what: string) =>
  world.su.query(`UPDATE approval SET ${what} WHERE approval_id = $1`, [pending.approvalId])
const twoNeeded = `required = '[{"group": "reviewers", "count": 2}]'`

describe("a vote that is taken back", () => {
  test("no longer counts, is kept beside the others, and its person may vote again", async () => {
    const pending = await pendingWrite(key)
    await set(pending, twoNeeded)
    await vote(reviewer, pending, { reason: "Looks right." })
    const { value, leaves } = await newLeaves(world, () => withdraw(reviewer, pending))

    expect(value).toMatchObject({ status: 200, body: { status: "pending", votes: [] } })
    expect(leaves.map(({ type, body }) => [type, body.actor.kind, body.fields])).toEqual([
      [
        "approval.vote_withdrawn",
        "person",
        expect.objectContaining({
          from: "pending",
          to: "pending",
          changeHash: { commit: expect.any(String) },
        }),
      ],
    ])
    const kept = await reviewer.get(`${pathOf(pending)}/votes/withdrawn`)
    expect(kept.body.items).toMatchObject([{ reason: "Looks right.", withdrawnAt: expect.any(String) }])
    expect(await withdraw(reviewer, pending)).toMatchObject({ status: 409, body: { code: "not_voted" } })

    expect((await approve(admin, pending)).body.status).toBe("pending")
    expect((await approve(reviewer, pending)).body.status).toBe("approved")
  })

  test("makes an approved change wait again for as long as it would have, and it cannot be spent", async () => {
    const pending = await approvedWrite(key, reviewer)
    const { expiresAt, version } = await read(pending)
    const waiting = await withdraw(reviewer, pending)
    expect(waiting.body).toMatchObject({
      status: "pending",
      expiresAt,
      useBy: null,
      decidedAt: null,
      votes: [],
    })
    expect(waiting.body.version).toBe(Number(version) + 1)
    expect((await spend(key, pending)).body.code).toBe("not_approved")
    expect((await typesFor(world, pending)).slice(-2)).toEqual([
      "approval.approved",
      "approval.vote_withdrawn",
    ])

    expect((await vote(admin, pending, { decision: "deny", reason: "Not now." })).body.status).toBe("denied")
  })

  test("leaves a change approved that has votes enough without it", async () => {
    const pending = await pendingWrite(key)
    await set(pending, twoNeeded)
    await approve(reviewer, pending)
    const { useBy } = (await approve(admin, pending)).body
    await set(pending, `required = '[{"group": "reviewers", "count": 1}]'`)

    expect((await withdraw(reviewer, pending)).body).toMatchObject({ status: "approved", useBy })
    expect((await spend(key, pending)).status).toBe(200)
  })

  test("by who may decide nothing any more is taken back too", async () => {
    const person = await makePerson(world, { role: "reviewer" })
    const pending = await approvedWrite(key, person.caller)
    await world.su.query("UPDATE membership SET role = 'auditor' WHERE person_id = $1", [person.personId])

    expect((await withdraw(person.caller, pending)).body.status).toBe("pending")
  })

  test("leaves what was signed for it, for the checker that shares no code with us", async () => {
    await putInForce(
      world,
      "rules:\n  - name: all\n    effect: require_approval\n    approval: {stepUp: true}\n",
    )
    const person = await personWithPassword(world)
    const device = await enrol(world, person)
    const pending = await pendingWrite(key)
    const signedVote = async () => ({ stepUp: { assertion: await signed(person, pending, device) } })
    expect((await vote(person.caller, pending, await signedVote())).status).toBe(200)
    expect((await withdraw(person.caller, pending)).body.status).toBe("pending")
    expect((await vote(person.caller, pending, await signedVote())).body.status).toBe("approved")

    const { items } = (await person.caller.get(`${pathOf(pending)}/evidence`)).body
    expect(items.map((item: { withdrawnAt?: string }) => item.withdrawnAt !== undefined)).toEqual([
      true,
      false,
    ])
    expect(checked(items)).toContain("2")
    await putInForce(world, "rules:\n  - {name: all, effect: tier_default}\n")
  })
})

describe("a vote cannot be taken back", () => {
  test.each([
    ["that was never cast", (pending: Pending) => approve(admin, pending), "not_voted"],
    [
      "that denied",
      (pending: Pending) => vote(reviewer, pending, { decision: "deny", reason: "No." }),
      "approval_closed",
    ],
    [
      "on what was cancelled",
      async (pending: Pending) => {
        await approve(reviewer, pending)
        await admin.post(`${pathOf(pending)}/cancel`)
      },
      "approval_closed",
    ],
    [
      "on what was spent",
      async (pending: Pending) => {
        await approve(reviewer, pending)
        await spend(key, pending)
      },
      "already_consumed",
    ],
    [
      "on what was not used in time",
      async (pending: Pending) => {
        await approve(reviewer, pending)
        await set(pending, "use_by = clock_timestamp()")
      },
      "expired",
    ],
  ])("%s", async (_, prepare, code) => {
    const pending = await pendingWrite(key)
    await prepare(pending)
    const { status, votes } = await read(pending)

    expect(await withdraw(reviewer, pending)).toMatchObject({ status: 409, body: { code } })
    expect(await read(pending)).toMatchObject({ status, votes })
  })

  test("by a key, nor after the session ended while it waited its turn", async () => {
    const person = await makePerson(world, { role: "reviewer" })
    const pending = await approvedWrite(key, person.caller)
    expect((await withdraw(key, pending)).status).toBe(401)

    const lock = await holdLock(world, "SELECT 1 FROM approval WHERE approval_id = $1 FOR UPDATE", [
      pending.approvalId,
    ])
    const withdrawing = withdraw(person.caller, pending)
    await someoneWaits(world)
    await world.su.query("UPDATE session SET revoked_at = now() WHERE session_id = $1", [person.sessionId])
    await lock.release()
    expect((await withdrawing).status).toBe(401)
    expect((await read(pending)).status).toBe("approved")
  })
})

describe("at the same moment", () => {
  test("taking back and spending: exactly one happens", async () => {
    for (let round = 0; round < 8; round += 1) {
      const pending = await approvedWrite(key, reviewer)
      const [withdrawn, spent] = await Promise.all([withdraw(reviewer, pending), spend(key, pending)])
      const { status, votes } = await read(pending)
      expect([withdrawn.status, spent.status].sort()).toEqual([200, 409])
      expect([status, votes.length]).toEqual(spent.status === 200 ? ["consumed", 1] : ["pending", 0])
      expect(withdrawn.status === 200 ? spent.body.code : withdrawn.body.code).toBe(
        withdrawn.status === 200 ? "not_approved" : "already_consumed",
      )
    }
  })

  test("taking back, denying and cancelling end in one story", async () => {
    for (let round = 0; round < 4; round += 1) {
      const pending = await pendingWrite(key)
      await set(pending, twoNeeded)
      await approve(reviewer, pending)
      const owner = (await makePerson(world, { role: "owner" })).caller
      const [withdrawn, denied, cancelled] = await Promise.all([
        withdraw(reviewer, pending),
        vote(owner, pending, { decision: "deny", reason: "No." }),
        admin.post(`${pathOf(pending)}/cancel`),
      ])
      const { status, votes } = await read(pending)
      expect([denied.status, cancelled.status].sort()).toEqual([200, 409])
      expect(status).toBe(denied.status === 200 ? "denied" : "cancelled")
      expect(votes.filter(({ decision }: { decision: string }) => decision === "approve")).toHaveLength(
        withdrawn.status === 200 ? 0 : 1,
      )
    }
  })

  test("taking back sixteen times does it once", async () => {
    const pending = await approvedWrite(key, reviewer)
    const replies = await sixteen(() => withdraw(reviewer, pending))
    expect(codes(replies)).toEqual([...Array.from({ length: 15 }, () => "not_voted"), "won"])
    expect(
      (await typesFor(world, pending)).filter((type) => type === "approval.vote_withdrawn"),
    ).toHaveLength(1)
  })
})

function checked(items: unknown): string {
  const folder = mkdtempSync(path.join(tmpdir(), "deltaseal-evidence-"))
  const file = path.join(folder, "evidence.json")
  writeFileSync(file, JSON.stringify({ items }))
  const checker = path.resolve("packages/guard/vectors/check-step-up.mjs")
  const said = execFileSync(process.execPath, [checker, file, originOf(world)], { encoding: "utf8" })
  rmSync(folder, { recursive: true })

  return said
}
