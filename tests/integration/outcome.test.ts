import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Caller } from "../support/api"
import { approve, beforeState, pendingWrite, spend } from "../support/calls"
import { codes, consumedWrite, report, sixteen, typesFor } from "../support/deciding"
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

describe("the outcome", () => {
  test("is recorded once: the same again is the same answer, another is outcome_recorded", async () => {
    const { executionId } = await consumedWrite(key, reviewer)
    const first = await report(key, executionId)
    expect(first.body).toEqual({ executionId, status: "applied", matchesApproved: true, late: false })
    expect((await report(key, executionId)).body).toEqual(first.body)

    const other = await report(key, executionId, { status: "failed", observedAfter: [beforeState] })
    expect(other).toMatchObject({ status: 409, body: { code: "outcome_recorded" } })
  })

  test("of 16 different outcomes at once exactly one is recorded", async () => {
    const pending = await consumedWrite(key, reviewer)
    const replies = await sixteen((index) =>
      report(key, pending.executionId, { receipts: [{ type: "file", id: String(index) }] }),
    )

    expect(codes(replies)).toEqual([...Array<string>(15).fill("outcome_recorded"), "won"])
    expect((await typesFor(world, pending)).filter((type) => type === "execution.applied")).toHaveLength(1)
  })

  test("that is not what was approved says so", async () => {
    const { executionId, approvalId } = await consumedWrite(key, reviewer)
    const told = await report(key, executionId, { observedAfter: [beforeState] })

    expect(told.body).toMatchObject({ status: "applied", matchesApproved: false })
    const { body } = await key.get(`/api/v1/approvals/${approvalId}`)
    expect(body.execution).toMatchObject({ status: "applied", matchesApproved: false })
  })

  test.each([
    ["another key of the tenant", async () => (await makeKey(world)).caller],
    ["another tenant's key", () => world.theirs.key],
  ])("of %s is about nothing that is there", async (_, who) => {
    const { executionId } = await consumedWrite(key, reviewer)
    expect(await report(await who(), executionId)).toMatchObject({ status: 404, body: { code: "not_found" } })
  })

  test("later than a quarter of an hour is flagged late", async () => {
    const { executionId } = await consumedWrite(key, reviewer)
    await world.su.query(
      "UPDATE execution SET started_at = started_at - interval '16 minutes' WHERE execution_id = $1",
      [executionId],
    )
    expect((await report(key, executionId)).body).toMatchObject({ status: "applied", late: true })
  })

  test("is what the next change of the target is compared with", async () => {
    const target = { workspace: "main", path: "docs/remembered.txt" }
    const change = (before: string | null, after: string) => ({
      input: { path: target.path, content: after },
      change: {
        parts: [
          { kind: "file", target, before: before === null ? null : { text: before }, after: { text: after } },
        ],
      },
    })
    const first = await pendingWrite(key, change(null, "one\n"))
    expect(first.approval.flags).not.toContain("before_unexpected")
    await approve(reviewer, first)
    const spent = await spend(key, first, { observed: [{ state: "absent" }] })
    const { after } = first.approval.parts[0]
    expect((await report(key, spent.body.executionId, { observedAfter: [after] })).body.matchesApproved).toBe(
      true,
    )

    const expected = await pendingWrite(key, change("one\n", "two\n"))
    expect(expected.approval.flags).not.toContain("before_unexpected")
    const surprising = await pendingWrite(key, change("somebody else was here\n", "two\n"))
    expect(surprising.approval.flags).toContain("before_unexpected")
    expect(surprising.approval.parts[0].flags).toContain("before_unexpected")
  })
})
