import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { approve, aWrite, openRun, readFile, spend } from "../support/calls"
import { anOutcome, pendingWriteIn } from "../support/deciding"
import { holdLock, someoneWaits } from "../support/locks"
import { makeKey, startWorld, type World } from "../support/world"

let world: World
let reviewer: Caller
let key: Caller
let keyId: string
let runId: string

beforeAll(async () => {
  world = await startWorld()
  reviewer = await world.as("reviewer")
})

afterAll(() => world.close())

/** A key whose context for this run and tool is remembered, because it has asked before. */
beforeEach(async () => {
  const made = await makeKey(world)
  key = made.caller
  keyId = made.keyId
  runId = await openRun(key)
  await pendingWriteIn(key, runId)
})

const ask = () => key.post("/api/v1/tool-calls", aWrite(runId))
const move = (sql: string, values: unknown[] = []) => world.su.query(sql, values)
const ofTool = `tenant_id = $1 AND server = 'workspace' AND name = 'write_file'`

describe("a call after one that passed is refused at once when", () => {
  test.each<[string, string, string, string]>([
    [
      "the tool is suspended",
      `tool SET status = 'suspended' WHERE ${ofTool}`,
      "tool_suspended",
      "tool SET status = 'active'",
    ],
    [
      "the tool has no tier any more",
      `tool SET tier = NULL WHERE ${ofTool}`,
      "tier_unassigned",
      "tool SET tier = 'T2_IRREVERSIBLE_WRITE'",
    ],
    [
      "another version is registered in its place",
      `tool SET version = '2.0.0' WHERE ${ofTool}`,
      "tool_version_unknown",
      "tool SET version = '1.4.0'",
    ],
  ])("%s, and passes when that is undone", async (_, change, code, undo) => {
    await move(`UPDATE ${change}`, [world.ours.tenantId])
    const refused = await ask()
    expect([refused.status, refused.body.reasons[0].code]).toEqual([403, code])
    await move(`UPDATE ${undo} WHERE ${ofTool}`, [world.ours.tenantId])
    expect((await ask()).status).toBe(202)
  })

  test("it is no longer allowed here", async () => {
    const { rows } = await move(
      `DELETE FROM tool_allowance WHERE ${ofTool} RETURNING to_jsonb(tool_allowance) AS row`,
      [world.ours.tenantId],
    )
    const refused = await ask()
    for (const { row } of rows) {
      await move("INSERT INTO tool_allowance SELECT * FROM jsonb_populate_record(NULL::tool_allowance, $1)", [
        JSON.stringify(row),
      ])
    }

    expect([refused.status, refused.body.reasons[0].code]).toEqual([403, "tool_not_allowed"])
    expect((await ask()).status).toBe(202)
  })

  test("the key lost its environment", async () => {
    await move("UPDATE api_key SET environments = '{dev}' WHERE key_id = $1", [keyId])
    expect((await ask()).body.reasons[0].code).toBe("environment_not_allowed")
  })

  test("the key lost its scope", async () => {
    await move("UPDATE api_key SET scopes = '{poll}' WHERE key_id = $1", [keyId])
    expect((await ask()).body.code).toBe("scope_missing")
  })

  test("the key is revoked", async () => {
    await move("UPDATE api_key SET revoked_at = clock_timestamp() WHERE key_id = $1", [keyId])
    expect((await ask()).status).toBe(401)
  })

  test("the run is closed", async () => {
    await key.post(`/api/v1/runs/${runId}/close`)
    expect((await ask()).body.reasons[0].code).toBe("run_closed")
  })
})

test("rules that move while a decided call waits for its run's row send it back to be decided again", async () => {
  const lock = await holdLock(world, "SELECT 1 FROM run WHERE run_id = $1 FOR UPDATE", [runId])
  const asked = ask()
  await someoneWaits(world)
  await move(`UPDATE tool SET status = 'suspended' WHERE ${ofTool}`, [world.ours.tenantId])
  await lock.release()
  const refused = await asked
  await move(`UPDATE tool SET status = 'active' WHERE ${ofTool}`, [world.ours.tenantId])

  expect([refused.status, refused.body.reasons[0].code]).toEqual([403, "tool_suspended"])
})

test("another key, or a guess at this one's secret, gains nothing from what is remembered", async () => {
  const [, secret] = /_([0-9A-Za-z]{43})/.exec(key.headers["authorization"] ?? "") ?? []
  expect(secret).toHaveLength(43)
  const poller = await makeKey(world, { scopes: ["poll"] })
  expect((await poller.caller.post("/api/v1/tool-calls", aWrite(runId))).body.code).toBe("scope_missing")
})

test("the approval in the answer is what reading it gives, with an unexpected before and without", async () => {
  const again = await pendingWriteIn(key, runId)
  expect((await key.get(`/api/v1/approvals/${again.approvalId}`)).body).toEqual(again.approval)
  await approve(reviewer, again)
  const { body } = await spend(key, again)
  await key.post(`/api/v1/executions/${String(body.executionId)}/outcome`, anOutcome)

  const unexpected = await pendingWriteIn(key, runId)
  expect(unexpected.approval.flags).toContain("before_unexpected")
  expect(unexpected.approval.parts[0].flags).toContain("before_unexpected")
  expect((await key.get(`/api/v1/approvals/${unexpected.approvalId}`)).body).toEqual(unexpected.approval)
})

test("a repeated create finds its first answer, also while the first is under way and after the run was closed", async () => {
  const headers = { "idempotency-key": "one-trip" }
  const call = aWrite(runId)
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => key.post("/api/v1/tool-calls", call, headers)),
  )
  expect(new Set(replies.map(({ status, body }) => `${status} ${String(body.callId)}`)).size).toBe(1)

  await key.post(`/api/v1/runs/${runId}/close`)
  const late = await key.post("/api/v1/tool-calls", call, headers)
  expect(late.body).toMatchObject({ callId: replies[0]?.body.callId, approval: { status: "cancelled" } })
})

test("a read after a read is permitted anew, and each has an execution of its own", async () => {
  const read = () => key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "a" } })
  const [first, second] = [await read(), await read()]
  expect([first.status, second.status]).toEqual([200, 200])
  expect(second.body.executionId).not.toBe(first.body.executionId)
})
