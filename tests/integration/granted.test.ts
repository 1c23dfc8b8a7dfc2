import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Caller } from "../support/api"
import { approve, openRun, pendingWrite, readFile, spend, type Pending } from "../support/calls"
import { approvedWrite, codes, executionsOf, sixteen, typesFor, vote } from "../support/deciding"
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

describe("nothing is spent that was not granted", () => {
  test.each([
    ["is still waiting", "not_approved", () => undefined],
    [
      "was denied",
      "denied",
      (pending: Pending) => vote(reviewer, pending, { decision: "deny", reason: "No." }),
    ],
    [
      "was cancelled",
      "cancelled",
      (pending: Pending) => key.post(`/api/v1/approvals/${pending.approvalId}/cancel`),
    ],
    [
      "was closed with its run",
      "cancelled",
      (pending: Pending) => key.post(`/api/v1/runs/${pending.runId}/close`),
    ],
  ])("an approval that %s is %s", async (_, code, prepare) => {
    const pending = await pendingWrite(key)
    await prepare(pending)

    expect(await spend(key, pending)).toMatchObject({ status: 409, body: { code } })
    expect(await executionsOf(world, pending)).toBe(0)
  })

  test("after its use-by an approved change is expired, with its leaf, however often it is tried", async () => {
    const pending = await approvedWrite(key, reviewer)
    await world.su.query(
      "UPDATE approval SET use_by = clock_timestamp() - interval '1 millisecond' WHERE approval_id = $1",
      [pending.approvalId],
    )
    expect((await read(pending)).status).toBe("expired")

    const replies = await sixteen(() => spend(key, pending))
    expect(new Set(codes(replies))).toEqual(new Set(["expired"]))
    expect(await read(pending)).toMatchObject({ status: "expired", endedBecause: "not_used" })
    expect((await typesFor(world, pending)).filter((type) => type === "approval.expired")).toHaveLength(1)
    expect(await executionsOf(world, pending)).toBe(0)
  })

  test("a vote after the expiry is expired, with its leaf, and counts for nothing", async () => {
    const pending = await pendingWrite(key)
    await world.su.query(
      "UPDATE approval SET expires_at = clock_timestamp() - interval '1 millisecond' WHERE approval_id = $1",
      [pending.approvalId],
    )

    expect(await approve(reviewer, pending)).toMatchObject({ status: 409, body: { code: "expired" } })
    expect(await read(pending)).toMatchObject({ status: "expired", endedBecause: "not_decided", votes: [] })
    expect((await typesFor(world, pending)).filter((type) => type === "approval.expired")).toHaveLength(1)
  })

  test.each([
    ["definition", "UPDATE tool SET definition_hash = repeat('0', 64)"],
    ["tier", "UPDATE tool SET tier = 'T0_READ'"],
    ["standing (suspended)", "UPDATE tool SET status = 'suspended'"],
    ["version", "UPDATE tool SET version = '9.9.9'"],
  ])("a tool whose %s changed after approval makes it stale", async (_, change) => {
    const pending = await approvedWrite(key, reviewer)
    const { rows } = await world.su.query("SELECT * FROM tool WHERE tenant_id = $1 AND name = 'write_file'", [
      world.ours.tenantId,
    ])
    await world.su.query(`${change} WHERE tenant_id = $1 AND name = 'write_file'`, [world.ours.tenantId])

    const refused = await spend(key, pending)
    await world.su.query(
      `UPDATE tool SET definition_hash = $2, tier = $3, status = $4, version = $5
       WHERE tenant_id = $1 AND name = 'write_file'`,
      [world.ours.tenantId, rows[0].definition_hash, rows[0].tier, rows[0].status, rows[0].version],
    )
    expect(refused).toMatchObject({ status: 409, body: { code: "tool_changed" } })
    expect(await read(pending)).toMatchObject({ status: "stale", endedBecause: "tool_changed" })
    expect((await typesFor(world, pending)).at(-1)).toBe("approval.stale")
  })

  test("a tool that is no longer allowed cancels the approval", async () => {
    const pending = await approvedWrite(key, reviewer)
    const where = "tenant_id = $1 AND environment = 'prod' AND name = 'write_file'"
    const { rows } = await world.su.query(`DELETE FROM tool_allowance WHERE ${where} RETURNING *`, [
      world.ours.tenantId,
    ])

    const refused = await spend(key, pending)
    await world.su.query(
      "INSERT INTO tool_allowance (tenant_id, environment, server, name, allowed_by_id) VALUES ($1, $2, $3, $4, $5)",
      [rows[0].tenant_id, rows[0].environment, rows[0].server, rows[0].name, rows[0].allowed_by_id],
    )
    expect(refused).toMatchObject({ status: 409, body: { code: "policy_changed" } })
    expect(await read(pending)).toMatchObject({ status: "cancelled", endedBecause: "policy_changed" })
    expect((await typesFor(world, pending)).at(-1)).toBe("approval.cancelled")
  })

  test("a run that is closed in any way cancels what is spent in it", async () => {
    const pending = await approvedWrite(key, reviewer)
    await world.su.query("UPDATE run SET status = 'closed' WHERE run_id = $1", [pending.runId])

    expect(await spend(key, pending)).toMatchObject({ status: 409, body: { code: "cancelled" } })
    expect(await read(pending)).toMatchObject({ status: "cancelled", execution: null })
  })

  test("a key revoked while its spend waited its turn spends nothing", async () => {
    const pending = await approvedWrite(key, reviewer)
    const spender = await makeKey(world)
    const lock = await holdLock(world, "SELECT 1 FROM approval WHERE approval_id = $1 FOR UPDATE", [
      pending.approvalId,
    ])
    const spending = spend(spender.caller, pending)
    await someoneWaits(world)
    await world.su.query("UPDATE api_key SET revoked_at = clock_timestamp() WHERE key_id = $1", [
      spender.keyId,
    ])
    await lock.release()

    expect((await spending).status).toBe(401)
    expect(await read(pending)).toMatchObject({ status: "approved", execution: null })
  })
})

test("an allowed call that is repeated a quarter of an hour later gets no new permit", async () => {
  const runId = await openRun(key)
  const ask = () =>
    key.post(
      "/api/v1/tool-calls",
      { runId, tool: readFile, input: { path: "docs/a.txt" } },
      { "idempotency-key": runId },
    )
  const first = await ask()
  expect((await ask()).body.executionId).toBe(first.body.executionId)
  await world.su.query(
    "UPDATE execution SET started_at = started_at - interval '16 minutes' WHERE execution_id = $1",
    [first.body.executionId],
  )

  expect(await ask()).toMatchObject({ status: 409, body: { code: "already_consumed" } })
})

describe("cancelling", () => {
  test("is for the key that asked: another key of the tenant may not", async () => {
    const pending = await pendingWrite(key)
    const other = await makeKey(world)
    const refused = await other.caller.post(`/api/v1/approvals/${pending.approvalId}/cancel`)

    expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } })
    expect(await read(pending)).toMatchObject({ status: "pending" })
  })

  test.each([
    ["owner", 200],
    ["admin", 200],
    ["reviewer", 403],
    ["auditor", 403],
  ])("by a person who is %s answers %i", async (role, status) => {
    const pending = await pendingWrite(key)
    const reply = await (await world.as(role)).post(`/api/v1/approvals/${pending.approvalId}/cancel`, {})
    expect(reply.status, reply.text).toBe(status)
    expect((await read(pending)).status).toBe(status === 200 ? "cancelled" : "pending")
  })
})
