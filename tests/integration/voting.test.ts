import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Caller } from "../support/api"
import { approve, openRun, pendingWrite, spend, type Pending } from "../support/calls"
import { pendingWriteIn, sixteen, typesFor, vote } from "../support/deciding"
import { holdLock, someoneWaits } from "../support/locks"
import { makeKey, makePerson, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
})

afterAll(() => world.close())

const read = async (pending: Pending) => (await key.get(`/api/v1/approvals/${pending.approvalId}`)).body

describe("a vote", () => {
  test("on another hash is a hash_mismatch and counts for nothing", async () => {
    const pending = await pendingWrite(key)
    const refused = await vote(reviewer, pending, { changeHash: "0".repeat(64) })

    expect(refused).toMatchObject({ status: 409, body: { code: "hash_mismatch" } })
    expect(await read(pending)).toMatchObject({ status: "pending", votes: [] })
  })

  test.each([
    ["the owner of the asking key", async () => ({ person: await world.as("owner"), asking: key, run: {} })],
    [
      "whoever made the asking key",
      async () => {
        const maker = await makePerson(world, { role: "admin" })
        const asking = (await makeKey(world, { createdById: maker.personId })).caller
        return { person: maker.caller, asking, run: {} }
      },
    ],
    [
      "the run's operator",
      async () => {
        const operator = await makePerson(world, { role: "reviewer" })
        return { person: operator.caller, asking: key, run: { operator: operator.personId } }
      },
    ],
  ])("of %s is separation_of_duties, with its leaf, whatever their role", async (_, prepare) => {
    const { person, asking, run } = await prepare()
    const pending = await pendingWriteIn(asking, await openRun(asking, run))
    for (const decision of ["approve", "deny"]) {
      const refused = await vote(person, pending, { decision, reason: "Mine." })
      expect(refused).toMatchObject({ status: 403, body: { code: "separation_of_duties" } })
    }

    expect(await read(pending)).toMatchObject({ status: "pending", votes: [] })
    expect((await typesFor(world, pending)).slice(-2)).toEqual(["request.refused", "request.refused"])
  })

  test("of an auditor is forbidden, with its leaf", async () => {
    const pending = await pendingWrite(key)
    expect(await approve(await world.as("auditor"), pending)).toMatchObject({
      status: 403,
      body: { code: "forbidden" },
    })
    expect((await typesFor(world, pending)).at(-1)).toBe("request.refused")
    expect(await read(pending)).toMatchObject({ status: "pending", votes: [] })
  })

  test("cannot be cast by a key, with or without a body that names a person", async () => {
    const pending = await pendingWrite(key)
    expect((await approve(key, pending)).status).toBe(401)
    expect((await vote(key, pending, { personId: "per_01J00000000000000000000000" })).status).toBe(401)
    expect(await read(pending)).toMatchObject({ status: "pending", votes: [] })
  })

  test("does not take the voter's name from the body", async () => {
    const pending = await pendingWrite(key)
    const refused = await vote(reviewer, pending, { personId: "per_01J00000000000000000000000" })
    expect(refused).toMatchObject({ status: 422, body: { code: "invalid_request" } })
    expect(await read(pending)).toMatchObject({ status: "pending", votes: [] })
  })

  test("is counted once: a second one is refused", async () => {
    const pending = await pendingWrite(key)
    await approve(reviewer, pending)
    expect(await approve(reviewer, pending)).toMatchObject({ status: 409, body: { code: "approval_closed" } })

    const both = await pendingWrite(key)
    await world.su.query(
      `UPDATE approval SET required = '[{"group": "reviewers", "count": 2}]' WHERE approval_id = $1`,
      [both.approvalId],
    )
    expect((await approve(reviewer, both)).body.status).toBe("pending")
    expect(await approve(reviewer, both)).toMatchObject({ status: 409, body: { code: "already_voted" } })
    expect((await spend(key, both)).body.code).toBe("not_approved")
    expect((await approve(await world.as("admin"), both)).body.status).toBe("approved")
  })

  test.each(["[]", '[{"group": "reviewers", "count": 0}]'])(
    "is needed even where the stored quorum is %s",
    async (required) => {
      const pending = await pendingWrite(key)
      await world.su.query("UPDATE approval SET required = $2 WHERE approval_id = $1", [
        pending.approvalId,
        required,
      ])
      expect((await spend(key, pending)).body.code).toBe("not_approved")
      expect((await approve(reviewer, pending)).body.status).toBe("approved")
    },
  )

  test("of one person sixteen times at once counts once", async () => {
    const pending = await pendingWrite(key)
    const replies = await sixteen(() => approve(reviewer, pending))

    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.every(({ status }) => status === 200 || status === 409)).toBe(true)
    expect((await read(pending)).votes).toHaveLength(1)
    expect((await typesFor(world, pending)).filter((type) => type === "approval.approved")).toHaveLength(1)
  })

  test("of approve and deny at once: one wins, and it is what the approval says", async () => {
    const admin = await world.as("admin")
    for (let round = 0; round < 8; round += 1) {
      const pending = await pendingWrite(key)
      const [approved, denied] = await Promise.all([
        approve(reviewer, pending),
        vote(admin, pending, { decision: "deny", reason: "No." }),
      ])
      expect([approved.status, denied.status].sort()).toEqual([200, 409])
      const { status, votes } = await read(pending)
      expect(status).toBe(approved.status === 200 ? "approved" : "denied")
      expect(votes).toHaveLength(1)
    }
  })

  test("of a person whose session was revoked while it waited its turn counts for nothing", async () => {
    const pending = await pendingWrite(key)
    const person = await makePerson(world, { role: "reviewer" })
    const lock = await holdLock(world, "SELECT 1 FROM approval WHERE approval_id = $1 FOR UPDATE", [
      pending.approvalId,
    ])
    const voting = approve(person.caller, pending)
    await someoneWaits(world)
    await world.su.query("UPDATE session SET revoked_at = clock_timestamp() WHERE session_id = $1", [
      person.sessionId,
    ])
    await lock.release()

    expect((await voting).status).toBe(401)
    expect(await read(pending)).toMatchObject({ status: "pending", votes: [] })
  })

  test("of a person whose part ended while it waited its turn counts for nothing", async () => {
    const pending = await pendingWrite(key)
    const person = await makePerson(world, { role: "reviewer" })
    const lock = await holdLock(world, "SELECT 1 FROM approval WHERE approval_id = $1 FOR UPDATE", [
      pending.approvalId,
    ])
    const voting = approve(person.caller, pending)
    await someoneWaits(world)
    await world.su.query("UPDATE membership SET ended_at = clock_timestamp() WHERE person_id = $1", [
      person.personId,
    ])
    await lock.release()

    expect((await voting).status).toBe(404)
    expect(await read(pending)).toMatchObject({ status: "pending", votes: [] })
  })
})
