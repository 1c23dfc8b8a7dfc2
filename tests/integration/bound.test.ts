import { createHash } from "node:crypto"
import { changeHash } from "@deltaseal/guard/change"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newNonce, type Caller, type Reply } from "../support/api"
import { afterState, beforeState, openRun, spend, type Pending } from "../support/calls"
import {
  approvedWrite,
  codes,
  consumedWrite,
  executionsOf,
  report,
  sixteen,
  typesFor,
} from "../support/deciding"
import { holdLock, someoneWaits } from "../support/locks"
import { makeKey, startWorld, type World } from "../support/world"

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

describe("what was approved is what is spent", () => {
  test("one byte changed after approval is a hash_mismatch, and the approval stays approved", async () => {
    const pending = await approvedWrite(key, reviewer)
    const envelope = structuredClone(pending.approval.envelope)
    envelope.parts[0].after.digest = createHash("sha256").update("alpha\ngammb\n").digest("hex")
    const swapped = changeHash(envelope)
    expect(swapped).not.toBe(pending.changeHash)

    const refused = await spend(key, pending, { changeHash: swapped })
    expect(refused).toMatchObject({ status: 409, body: { code: "hash_mismatch" } })
    expect(await read(pending)).toMatchObject({ status: "approved", execution: null })
    expect((await typesFor(world, pending)).at(-1)).toBe("approval.consume_refused")
    expect((await spend(key, pending)).status).toBe(200)
  })

  test.each([
    ["has other bytes", { ...beforeState, digest: "0".repeat(64) }],
    ["has another length", { ...beforeState, bytes: 12 }],
    ["has become executable", { ...beforeState, mode: "100755" }],
    ["is gone", { state: "absent" }],
    ["is reported without its mode", { state: "present", bytes: 11, digest: beforeState.digest }],
  ])("a file that %s since the review makes the approval stale for good", async (_, observed) => {
    const pending = await approvedWrite(key, reviewer)
    const refused = await spend(key, pending, { observed: [observed] })

    expect(refused).toMatchObject({ status: 409, body: { code: "before_changed" } })
    expect(await read(pending)).toMatchObject({
      status: "stale",
      endedBecause: "before_changed",
      execution: null,
    })
    expect((await typesFor(world, pending)).at(-1)).toBe("approval.stale")
    expect((await spend(key, pending)).body.code).toBe("stale")
    expect(await executionsOf(world, pending)).toBe(0)
  })

  test.each([
    ["fewer", []],
    ["more", [beforeState, beforeState]],
  ])("%s observations than parts never count as unchanged", async (_, observed) => {
    const pending = await approvedWrite(key, reviewer)
    expect((await spend(key, pending, { observed })).body.code).toBe("before_changed")
    expect(await executionsOf(world, pending)).toBe(0)
  })

  test("another run of the same tenant is a wrong_run, and the approval stays approved", async () => {
    const pending = await approvedWrite(key, reviewer)
    const refused = await spend(key, pending, { runId: await openRun(key) })

    expect(refused).toMatchObject({ status: 409, body: { code: "wrong_run" } })
    expect(await read(pending)).toMatchObject({ status: "approved", execution: null })
    expect((await typesFor(world, pending)).at(-1)).toBe("approval.consume_refused")
    expect((await spend(key, pending)).status).toBe(200)
  })

  test("another tenant's key finds nothing", async () => {
    const pending = await approvedWrite(key, reviewer)
    expect(await spend(world.key(1), pending)).toMatchObject({ status: 404, body: { code: "not_found" } })
    expect(await spend(world.theirs.key, pending)).toMatchObject({ status: 404, body: { code: "not_found" } })
    expect(await read(pending)).toMatchObject({ status: "approved" })
  })

  test("a key that may not act in the run's environment finds nothing to spend", async () => {
    const pending = await approvedWrite(key, reviewer)
    const dev = await makeKey(world, { environments: ["dev"] })
    expect(await spend(dev.caller, pending)).toMatchObject({ status: 404, body: { code: "not_found" } })
    expect(await read(pending)).toMatchObject({ status: "approved" })
  })

  test("a key without the scope execute cannot spend", async () => {
    const pending = await approvedWrite(key, reviewer)
    const asker = await makeKey(world, { scopes: ["request", "poll"] })
    expect(await spend(asker.caller, pending)).toMatchObject({ status: 403, body: { code: "scope_missing" } })
    expect(await read(pending)).toMatchObject({ status: "approved" })
  })
})

async function expectOneWinner(pending: Pending, spends: Promise<Reply[]>): Promise<void> {
  expect(codes(await spends)).toEqual([...Array<string>(15).fill("already_consumed"), "won"])
  expect(await executionsOf(world, pending)).toBe(1)
  expect((await typesFor(world, pending)).filter((type) => type === "approval.consumed")).toHaveLength(1)
}

describe("an approval is spent once", () => {
  test("a second spend is already_consumed and leaves a trace", async () => {
    const pending = await consumedWrite(key, reviewer)
    expect(await spend(key, pending)).toMatchObject({ status: 409, body: { code: "already_consumed" } })
    expect((await typesFor(world, pending)).at(-1)).toBe("approval.consume_refused")
    expect(await executionsOf(world, pending)).toBe(1)
  })

  test("the same key, nonce and body get the same execution until its outcome, then already_consumed", async () => {
    const pending = await approvedWrite(key, reviewer)
    const nonce = newNonce()
    const first = await spend(key, pending, { nonce })
    const again = await spend(key, pending, { nonce })

    expect(first.body.replayed).toBe(false)
    expect(again).toMatchObject({
      status: 200,
      body: { replayed: true, executionId: first.body.executionId },
    })
    expect(await executionsOf(world, pending)).toBe(1)
    expect((await typesFor(world, pending)).filter((type) => type === "approval.consumed")).toHaveLength(1)

    await report(key, first.body.executionId)
    expect((await spend(key, pending, { nonce })).body.code).toBe("already_consumed")
  })

  test.each([
    ["another nonce", () => ({ body: { nonce: newNonce() } })],
    ["another body", () => ({ body: { observed: [afterState] } })],
    ["another key of the tenant", async () => ({ who: (await makeKey(world)).caller, body: {} })],
  ] as const)("a replay with %s is already_consumed", async (_, change) => {
    const pending = await approvedWrite(key, reviewer)
    const nonce = newNonce()
    await spend(key, pending, { nonce })
    const { who = key, body } = (await change()) as { who?: Caller; body: object }

    expect((await spend(who, pending, { nonce, ...body })).body.code).toBe("already_consumed")
  })

  test("a replay a quarter of an hour later is already_consumed", async () => {
    const pending = await approvedWrite(key, reviewer)
    const nonce = newNonce()
    await spend(key, pending, { nonce })
    await world.su.query(
      "UPDATE execution SET started_at = started_at - interval '16 minutes' WHERE approval_id = $1",
      [pending.approvalId],
    )

    expect((await spend(key, pending, { nonce })).body.code).toBe("already_consumed")
  })

  test("of 16 spends at once exactly one wins", async () => {
    for (let round = 0; round < 3; round += 1) {
      const pending = await approvedWrite(key, reviewer)
      await expectOneWinner(
        pending,
        sixteen(() => spend(key, pending)),
      )
    }
  })

  test("of 16 spends that all reached the row before any could have it exactly one wins", async () => {
    const pending = await approvedWrite(key, reviewer)
    const lock = await holdLock(world, "SELECT 1 FROM approval WHERE approval_id = $1 FOR UPDATE", [
      pending.approvalId,
    ])
    const spends = sixteen(() => spend(key, pending))
    // As many as the pool has connections.
    await someoneWaits(world, 10)
    await lock.release()

    await expectOneWinner(pending, spends)
  })

  test("16 copies of one spend at once are one execution, first once and replayed 15 times", async () => {
    const pending = await approvedWrite(key, reviewer)
    const nonce = newNonce()
    const replies = await sixteen(() => spend(key, pending, { nonce }))

    expect(new Set(replies.map(({ body }) => body.executionId))).toHaveLength(1)
    expect(replies.filter(({ body }) => body.replayed === false)).toHaveLength(1)
    expect(await executionsOf(world, pending)).toBe(1)
  })

  test("closing the run and spending at once never leave a spent approval cancelled", async () => {
    for (let round = 0; round < 8; round += 1) {
      const pending = await approvedWrite(key, reviewer)
      const [closed, spent] = await Promise.all([
        key.post(`/api/v1/runs/${pending.runId}/close`),
        spend(key, pending),
      ])
      expect(closed.body.status, closed.text).toBe("closed")
      const { status } = await read(pending)
      const types = await typesFor(world, pending)

      if (spent.status === 200) {
        expect(status).toBe("consumed")
        expect(types).not.toContain("approval.cancelled")
      } else {
        expect(spent.body.code).toBe("cancelled")
        expect(status).toBe("cancelled")
        expect(types).not.toContain("approval.consumed")
        expect(await executionsOf(world, pending)).toBe(0)
      }
    }
  })

  test("cancelling and spending at once: one wins and the other is told", async () => {
    for (let round = 0; round < 8; round += 1) {
      const pending = await approvedWrite(key, reviewer)
      const [cancelled, spent] = await Promise.all([
        key.post(`/api/v1/approvals/${pending.approvalId}/cancel`),
        spend(key, pending),
      ])
      expect([cancelled.status, spent.status].sort()).toEqual([200, 409])
      expect((await read(pending)).status).toBe(spent.status === 200 ? "consumed" : "cancelled")
      expect(await executionsOf(world, pending)).toBe(spent.status === 200 ? 1 : 0)
    }
  })
})
