import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { tidy } from "@/lib/jobs/tidy"
import { type Caller, type Reply } from "../support/api"
import { approve, aWrite, openRun, readFile, spend } from "../support/calls"
import { anOutcome, pendingWriteIn, report, vote } from "../support/deciding"
import { putInForce } from "../support/rules"
import { countRows, makeTool, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  await makeTool(world, { name: "send", tier: "T1_REVERSIBLE_WRITE" })
})
afterAll(() => world.close())
beforeEach(() => world.su.query("DELETE FROM limit_slot"))

const rules = (effect: string, limits: string) =>
  `rules: [{name: all, effect: ${effect}}]\nlimits: ${limits}\n`
const read = (runId: string) =>
  key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "a" } })
const write = (runId: string, more?: Record<string, string>) =>
  key.post("/api/v1/tool-calls", aWrite(runId), more)
const many = (count: number, work: () => Promise<Reply>) => Promise.all(Array.from({ length: count }, work))
const statuses = (replies: readonly Reply[]) => replies.map(({ status }) => status).sort()
const statusesOf = (passed: number, status: number, refused: number) => [
  ...Array<number>(passed).fill(status),
  ...Array<number>(refused).fill(429),
]

/** A deadlock is tried again and seldom seen from outside, until a busy machine has met too many of them. */
async function deadlocksSoFar(): Promise<number> {
  await world.su.query("SELECT pg_stat_force_next_flush()")
  const { rows } = await world.su.query<{ deadlocks: number }>(
    "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()",
  )
  return rows[0]?.deadlocks ?? -1
}

describe("a limit on the calls of a run", () => {
  test.each([1, 7, 40])("of %i lets exactly so many of 64 callers at once pass", async (limit) => {
    await putInForce(world, rules("allow", `{run: {toolCalls: ${limit}}}`))
    const runId = await openRun(key)

    const deadlocks = await deadlocksSoFar()
    expect(statuses(await many(64, () => read(runId)))).toEqual(statusesOf(limit, 200, 64 - limit))
    expect((await read(await openRun(key))).status).toBe(200)
    expect(await deadlocksSoFar()).toBe(deadlocks)
  })

  test("says which it is and when to ask again, records nothing and leaves no leaf", async () => {
    await putInForce(world, rules("allow", "{run: {toolCalls: 1}}"))
    const runId = await openRun(key)
    await read(runId)
    const before = await countRows(world, world.ours.tenantId)
    const { value, leaves } = await newLeaves(world, () => read(runId))

    expect(value).toMatchObject({
      status: 429,
      body: { code: "limit_exceeded", detail: "The limit run.toolCalls of 1 is reached." },
    })
    expect(value.headers.get("retry-after")).toBe("86400")
    expect(leaves).toEqual([])
    expect(await countRows(world, world.ours.tenantId)).toEqual(before)
  })

  test("can be lowered by the run and never raised", async () => {
    await putInForce(world, rules("allow", "{run: {toolCalls: 2, writes: 5}}"))
    const lower = await key.post("/api/v1/runs", {
      environment: "prod",
      workflow: "w",
      actor: { agent: "a" },
      limits: { toolCalls: 1, writes: 9, tokens: 10 },
    })
    expect(lower.body.limits).toEqual({ toolCalls: 1, writes: 5, tokens: 10, pendingApprovals: 100 })
    const { runId } = lower.body
    expect(statuses(await many(3, () => read(runId)))).toEqual(statusesOf(1, 200, 2))
    expect((await key.get(`/api/v1/runs/${runId}`)).body.limits).toEqual({
      toolCalls: 1,
      writes: 5,
      tokens: 10,
      pendingApprovals: 100,
    })
  })

  test("gives back what a call took that another limit refused, and counts a repeated create once", async () => {
    await putInForce(world, rules("allow", "{run: {toolCalls: 3, writes: 1}}"))
    const runId = await openRun(key)
    const repeat = { "idempotency-key": `limits-${runId}` }
    expect(statuses([await write(runId, repeat), await write(runId, repeat)])).toEqual([200, 200])
    const refused = { "idempotency-key": `refused-${runId}` }
    expect((await write(runId, refused)).body.detail).toContain("run.writes")
    expect((await write(runId, refused)).status).toBe(429)

    expect(statuses(await many(4, () => read(runId)))).toEqual(statusesOf(2, 200, 2))
  })

  test("counts no call that was refused", async () => {
    await putInForce(world, rules("deny", "{run: {toolCalls: 1}}"))
    const runId = await openRun(key)
    expect(statuses([await read(runId), await read(runId)])).toEqual([403, 403])
  })

  test("follows the policy: lowered it holds at once, raised there is more", async () => {
    await putInForce(world, rules("allow", "{run: {toolCalls: 40}}"))
    const runId = await openRun(key)
    await many(20, () => read(runId))
    await putInForce(world, rules("allow", "{run: {toolCalls: 25}}"))
    expect(statuses(await many(16, () => read(runId)))).toEqual(statusesOf(5, 200, 11))
    await putInForce(world, rules("allow", "{run: {toolCalls: 10}}"))
    expect((await read(runId)).status).toBe(429)
    await putInForce(world, rules("allow", "{run: {toolCalls: 27}}"))
    expect(statuses(await many(16, () => read(runId)))).toEqual(statusesOf(2, 200, 14))
  })
})

test("a run's time is up by the database's clock", async () => {
  await putInForce(world, rules("allow", "{run: {wallTime: 1h}}"))
  const runId = await openRun(key)
  expect((await read(runId)).status).toBe(200)
  await world.su.query("UPDATE run SET opened_at = opened_at - interval '1 hour' WHERE run_id = $1", [runId])
  expect((await read(runId)).body.detail).toContain("run.wallTime")
})

test.each(["outputBytes", "tokens"])("what outcomes report of %s stops the next call", async (name) => {
  await putInForce(world, rules("allow", `{run: {${name}: 100}}`))
  const runId = await openRun(key)
  for (const amount of [60, 40]) {
    const { body, status } = await write(runId)
    expect(status).toBe(200)
    await report(key, body.executionId, { ...anOutcome, usage: { [name]: amount } })
  }
  expect((await read(runId)).body.detail).toContain(`run.${name}`)
})

describe("a limit by the minute", () => {
  const perMinute = (limit: number) =>
    rules("allow", `{tools: [{server: workspace, tool: "read_*", perMinute: ${limit}}]}`)

  test("holds over all runs, for that tool only, until the minute is over", async () => {
    await putInForce(world, perMinute(10))
    const runIds = [await openRun(key), await openRun(key)]
    await inOneMinute(async () => {
      const replies = await many(32, () => read(runIds[Math.floor(Math.random() * 2)] ?? ""))
      expect(statuses(replies)).toEqual(statusesOf(10, 200, 22))
      const seconds = Number(replies.find(({ status }) => status === 429)?.headers.get("retry-after"))
      const { rows } = await world.su.query<{ left: number }>(
        "SELECT 60 - extract(second FROM clock_timestamp())::float AS left",
      )
      expect(seconds - Number(rows[0]?.left)).toBeGreaterThanOrEqual(0)
      expect(seconds - Number(rows[0]?.left)).toBeLessThan(5)
    })
    expect((await write(runIds[0] ?? "")).status).toBe(200)

    await world.su.query("UPDATE limit_slot SET window_start = window_start - interval '1 minute'")
    expect((await read(runIds[0] ?? "")).status).toBe(200)
  })
})

/** The work once more when a minute began in the middle of it. */
async function inOneMinute(work: () => Promise<void>): Promise<void> {
  const minute = async () =>
    (
      await world.su.query<{ minute: string }>(
        "SELECT date_trunc('minute', clock_timestamp())::text AS minute",
      )
    ).rows[0]?.minute
  const began = await minute()
  try {
    await work()
  } catch (error) {
    if ((await minute()) === began) throw error
    await work()
  }
}

test("messages of a day are counted one by one, and all of a call or none", async () => {
  await putInForce(world, rules("allow", "{tenant: {messagesPerDay: 5}}"))
  const runId = await openRun(key)
  const send = (count: number) =>
    key.post("/api/v1/tool-calls", {
      runId,
      tool: { server: "workspace", name: "send", version: "1.0.0" },
      input: {},
      change: { parts: Array.from({ length: count }, (_, index) => aMessage(`channel-${index}`)) },
    })

  expect((await send(6)).status).toBe(429)
  const replies = await many(16, () => send(2))
  expect(statuses(replies)).toEqual(statusesOf(2, 200, 14))
  expect(statuses(await many(3, () => send(1)))).toEqual(statusesOf(1, 200, 2))
  expect((await read(runId)).status).toBe(200)
})

function aMessage(channel: string): object {
  const recipients = [{ role: "to", address: "bo@acme.example" }]
  const after = { from: "a@b.example", replyTo: null, recipients, subject: null, body: "x", attachments: [] }
  return { kind: "message", target: { channel }, after }
}

describe("a limit on open approvals", () => {
  const open = (limit: number) => rules("require_approval", `{tenant: {pendingApprovals: ${limit}}}`)
  beforeEach(() =>
    world.su.query("UPDATE approval SET status = 'cancelled' WHERE status IN ('pending', 'approved')"),
  )

  test("lets exactly so many of 64 at once wait, and one more for each that ends", async () => {
    await putInForce(world, open(6))
    const runId = await openRun(key)
    const replies = await many(64, () => write(runId))
    expect(statuses(replies)).toEqual(statusesOf(6, 202, 58))
    const refused = replies.find(({ status }) => status === 429)
    expect(refused?.body.detail).toContain("tenant.pendingApprovals")
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0)

    const [first, second, third] = replies
      .filter(({ status }) => status === 202)
      .map(({ body: { approval } }) => ({
        ...{ runId, approval, approvalId: approval.approvalId, changeHash: approval.changeHash },
      }))
    if (first === undefined || second === undefined || third === undefined) throw new Error("There are six.")
    await approve(reviewer, first)
    expect((await write(runId)).status).toBe(429)
    for (const end of [
      () => spend(key, first),
      () => vote(reviewer, second, { decision: "deny", reason: "no" }),
      () => key.post(`/api/v1/approvals/${third.approvalId}/cancel`),
    ]) {
      expect((await end()).status).toBe(200)
      expect(statuses(await many(4, () => write(runId)))).toEqual(statusesOf(1, 202, 3))
    }
  })

  test("of a million lets them wait, and one of none lets nobody", async () => {
    await putInForce(world, open(1_000_000))
    const runId = await openRun(key)
    expect(statuses(await many(8, () => write(runId)))).toEqual(statusesOf(8, 202, 0))

    await putInForce(world, open(0))
    await world.su.query("UPDATE approval SET status = 'cancelled' WHERE status IN ('pending', 'approved')")
    expect(statuses(await many(8, () => write(runId)))).toEqual(statusesOf(0, 202, 8))
  })

  test("that was lowered waits until fewer are open than it says", async () => {
    await putInForce(world, open(6))
    const runId = await openRun(key)
    const pending = []
    for (let index = 0; index < 6; index += 1) pending.push(await pendingWriteIn(key, runId))
    await putInForce(world, open(4))

    for (const { approvalId } of pending.slice(0, 2)) {
      await key.post(`/api/v1/approvals/${approvalId}/cancel`)
      expect((await write(runId)).status).toBe(429)
    }
    await key.post(`/api/v1/approvals/${pending[2]?.approvalId ?? ""}/cancel`)
    expect(statuses(await many(16, () => write(runId)))).toEqual(statusesOf(1, 202, 15))
  })
})

test("windows that are over are forgotten, those of runs with the run", async () => {
  await putInForce(
    world,
    rules("allow", `{run: {toolCalls: 5}, tools: [{server: "*", tool: "*", perMinute: 5}]}`),
  )
  const runId = await openRun(key)
  await read(runId)
  const scopes = async () =>
    (await world.su.query<{ scope: string }>("SELECT DISTINCT scope FROM limit_slot ORDER BY 1")).rows
  expect(await scopes()).toHaveLength(2)
  await world.su.query(
    "UPDATE limit_slot SET window_start = window_start - interval '3 days' WHERE run_id IS NULL",
  )
  await tidy()
  expect(await scopes()).toEqual([{ scope: `run:${runId}:toolCalls` }])
  await key.post(`/api/v1/runs/${runId}/close`)
  expect(await scopes()).toEqual([])
})
