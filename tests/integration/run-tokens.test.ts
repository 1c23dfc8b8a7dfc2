import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { parseKey, printKey } from "@/lib/keys/api-key"
import { newPrintedKey } from "@/lib/keys/credential"
import { newId } from "@/lib/operations/new-id"
import { caller, type Caller, type Reply } from "../support/api"
import { approve, aWrite, openRun, pendingWrite, readFile, spend, type Pending } from "../support/calls"
import { anOutcome, pendingWriteIn } from "../support/deciding"
import { isLive, openRunWithToken, openedRun, renewToken } from "../support/run-tokens"
import {
  countRows,
  keyCaller,
  makeKey,
  newLeaves,
  startWorld,
  type MadeKey,
  type World,
} from "../support/world"

let world: World
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  reviewer = await world.as("reviewer")
})

afterAll(() => world.close())

describe("a run token", () => {
  test("comes with the run it is for, good for a quarter of an hour", async () => {
    const { body } = await world.ours.key.post("/api/v1/runs", {
      environment: "prod",
      workflow: "w",
      actor: { agent: "a" },
    })

    expect(body.runToken).toMatch(/^dsl_run_[0-9A-Za-z]{20}_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/)
    const seconds = (Date.parse(String(body.runTokenExpiresAt)) - Date.now()) / 1000
    expect(seconds).toBeGreaterThan(890)
    expect(seconds).toBeLessThanOrEqual(900)
  })

  test("does the main job from asking to the outcome, and closes its run", async () => {
    const run = await openRunWithToken(world)
    const pending = await pendingWriteIn(run.token, run.runId)
    expect((await run.token.get(`/api/v1/approvals/${pending.approvalId}?wait=0`)).body.status).toBe(
      "pending",
    )
    await approve(reviewer, pending)
    const spent = await spend(run.token, pending)
    expect(spent.status).toBe(200)
    const outcome = await run.token.post(
      `/api/v1/executions/${String(spent.body.executionId)}/outcome`,
      anOutcome,
    )
    expect(outcome.body).toMatchObject({ status: "applied", matchesApproved: true })
    expect((await run.token.get(`/api/v1/runs/${run.runId}/events`)).status).toBe(200)
    expect((await run.token.post(`/api/v1/runs/${run.runId}/close`)).status).toBe(200)
  })

  test("is shown once: reading the run does not show it again, and it is nowhere in plain", async () => {
    const run = await openRunWithToken(world)
    const read = await world.ours.key.get(`/api/v1/runs/${run.runId}`)
    expect(read.body).toMatchObject({ runToken: null, runTokenExpiresAt: null })

    const secret = parseKey(run.text)?.secret ?? ""
    const { rows } = await world.su.query("SELECT to_jsonb(t)::text AS text FROM run_token t")
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect(world.logs()).not.toContain(secret)
  })
})

describe("of another run a token finds no more than of one that is not there", () => {
  const elsewhere: readonly (readonly [
    string,
    (who: Caller, other: Pending & { executionId: string }) => Promise<Reply>,
  ])[] = [
    ["asks", (who, { runId }) => who.post("/api/v1/tool-calls", aWrite(runId))],
    [
      "reads",
      (who, { runId }) => who.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "a" } }),
    ],
    ["reads the run", (who, { runId }) => who.get(`/api/v1/runs/${runId}`)],
    ["reads its events", (who, { runId }) => who.get(`/api/v1/runs/${runId}/events`)],
    ["closes it", (who, { runId }) => who.post(`/api/v1/runs/${runId}/close`)],
    ["renews for it", (who, { runId }) => renewToken(who, runId)],
    ["reads an approval", (who, { approvalId }) => who.get(`/api/v1/approvals/${approvalId}`)],
    ["waits for an approval", (who, { approvalId }) => who.get(`/api/v1/approvals/${approvalId}?wait=5`)],
    ["spends", (who, other) => spend(who, other)],
    ["cancels", (who, { approvalId }) => who.post(`/api/v1/approvals/${approvalId}/cancel`)],
    ["reports", (who, { executionId }) => who.post(`/api/v1/executions/${executionId}/outcome`, anOutcome)],
  ]

  test.each(elsewhere)("%s", async (_, ask) => {
    const { token } = await openRunWithToken(world)
    const named = caller(world.url, { ...token.headers, "x-request-id": "the-same-id" })
    const other = await approvedElsewhere()
    const nothing = {
      ...other,
      runId: newId("run"),
      approvalId: newId("approval"),
      executionId: newId("execution"),
    }
    const before = await countRows(world, world.ours.tenantId)
    const found = await ask(named, other)

    expect(found.status).toBe(404)
    expect(found.text).toBe((await ask(named, nothing)).text)
    expect(await countRows(world, world.ours.tenantId)).toEqual(before)
  })

  test("its list of approvals is that of its own run", async () => {
    await pendingWrite(world.ours.key)
    const run = await openRunWithToken(world)
    const own = await pendingWriteIn(run.token, run.runId)
    const { body } = await run.token.get("/api/v1/approvals")
    expect(body.items.map(({ approvalId }: { approvalId: string }) => approvalId)).toEqual([own.approvalId])
  })

  async function approvedElsewhere(): Promise<Pending & { executionId: string }> {
    const pending = await pendingWrite(world.ours.key)
    const spentRun = await pendingWrite(world.ours.key)
    await approve(reviewer, pending)
    await approve(reviewer, spentRun)
    const spent = await spend(world.ours.key, spentRun)

    return { ...pending, executionId: String(spent.body.executionId) }
  }
})

describe("a run token is not enough", () => {
  test("to open another run, which is on record with the token that tried", async () => {
    const run = await openRunWithToken(world)
    const { value: reply, leaves } = await newLeaves(world, () =>
      run.token.post("/api/v1/runs", { environment: "prod", workflow: "w", actor: { agent: "a" } }),
    )

    expect([reply.status, reply.body.code]).toEqual([403, "key_required"])
    expect(leaves.map(({ type }) => type)).toEqual(["request.refused"])
    expect(leaves[0]?.body.fields).toMatchObject({ code: "key_required", runId: run.runId })
    expect(leaves[0]?.body.fields["tokenId"]).toMatch(/^tok_/)
  })

  test("for what its key may not do", async () => {
    const run = await openRunWithToken(world, (await makeKey(world, { scopes: ["request"] })).caller)
    const pending = await pendingWriteIn(run.token, run.runId)
    const polled = await run.token.get(`/api/v1/approvals/${pending.approvalId}`)
    expect([polled.status, polled.body.code]).toEqual([403, "scope_missing"])
    expect((await spend(run.token, pending)).body.code).toBe("scope_missing")
  })

  test.each([
    ["with another's secret", (a: string, b: string) => mixed(a, b)],
    ["with the secret under a key's label", (a: string) => relabelled(a)],
  ])("%s", async (_, bend) => {
    const bent = bend((await openRunWithToken(world)).text, (await openRunWithToken(world)).text)
    const { runId } = await openRunWithToken(world)
    expect((await keyCaller(world.url, bent).get(`/api/v1/runs/${runId}`)).status).toBe(401)
  })

  test("when nobody issued it, and its shape and checksum are right", async () => {
    const run = await openRunWithToken(world)
    const forged = keyCaller(world.url, printKey(newPrintedKey("run")))
    expect((await forged.get(`/api/v1/runs/${run.runId}`)).status).toBe(401)
  })
})

function mixed(id: string, secret: string): string {
  const [a, b] = [parseKey(id), parseKey(secret)]
  if (a === null || b === null) throw new Error("no tokens")

  return printKey({ ...a, secret: b.secret })
}

function relabelled(text: string): string {
  const token = parseKey(text)
  if (token === null) throw new Error("no token")

  return printKey({ ...token, mode: "live" })
}

test("an answer is repeated to a token only if it was about its own run", async () => {
  const [run, other] = [await openRunWithToken(world), await openRunWithToken(world)]
  const call = aWrite(run.runId)
  const headers = { "idempotency-key": "shared-words" }
  const first = await world.ours.key.post("/api/v1/tool-calls", call, headers)
  expect((await run.token.post("/api/v1/tool-calls", call, headers)).body.callId).toBe(first.body.callId)
  expect((await other.token.post("/api/v1/tool-calls", call, headers)).status).toBe(404)
})

describe("the key that took another's place", () => {
  async function rotated(): Promise<{ old: MadeKey; successor: MadeKey; stranger: MadeKey }> {
    const [old, successor, stranger] = [await makeKey(world), await makeKey(world), await makeKey(world)]
    await world.su.query("UPDATE api_key SET family_id = $1 WHERE key_id = $2", [old.keyId, successor.keyId])

    return { old, successor, stranger }
  }

  test("reports what the old one started, and gets its replay", async () => {
    const { old, successor, stranger } = await rotated()
    const pending = await pendingWrite(old.caller)
    await approve(reviewer, pending)
    const nonce = "e".repeat(64)
    const first = await spend(old.caller, pending, { nonce })
    const again = await spend(successor.caller, pending, { nonce })
    expect(again.body).toMatchObject({ executionId: first.body.executionId, replayed: true })
    expect((await spend(stranger.caller, pending, { nonce })).body.code).toBe("already_consumed")

    const path = `/api/v1/executions/${String(first.body.executionId)}/outcome`
    expect((await stranger.caller.post(path, anOutcome)).status).toBe(404)
    expect((await successor.caller.post(path, anOutcome)).body.status).toBe("applied")
  })

  test("cancels what the old one asked for", async () => {
    const { old, successor, stranger } = await rotated()
    const pending = await pendingWrite(old.caller)
    const path = `/api/v1/approvals/${pending.approvalId}/cancel`
    expect((await stranger.caller.post(path)).status).toBe(403)
    expect((await successor.caller.post(path)).body.status).toBe("cancelled")
  })
})

test("a token of a run that its key opened works for a key that has no run of its own", async () => {
  const runId = await openRun(world.ours.key)
  const other = await makeKey(world)
  const run = openedRun(world, await renewToken(other.caller, runId))
  expect(await isLive(run)).toBe(true)
})
