import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { tidy } from "@/lib/jobs/tidy"
import { aWrite } from "../support/calls"
import { isLive, openRunWithToken, openedRun, renewToken, type OpenedRun } from "../support/run-tokens"
import { makeKey, newLeaves, startWorld, type MadeKey, type World } from "../support/world"

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world.close())

describe("a run token dies at once", () => {
  const end = async (key: MadeKey, sql: string) => world.su.query(sql, [key.keyId])

  test.each<[string, (key: MadeKey, run: OpenedRun) => Promise<unknown>]>([
    [
      "with its key",
      (key) => end(key, "UPDATE api_key SET revoked_at = clock_timestamp() WHERE key_id = $1"),
    ],
    [
      "with its key's time",
      (key) => end(key, "UPDATE api_key SET expires_at = clock_timestamp() WHERE key_id = $1"),
    ],
    ["with its run", (key, { runId }) => key.caller.post(`/api/v1/runs/${runId}/close`)],
    [
      "with its run, however that was closed",
      (_, { runId }) => world.su.query("UPDATE run SET status = 'closed' WHERE run_id = $1", [runId]),
    ],
    [
      "after its quarter of an hour",
      (_, { runId }) =>
        world.su.query("UPDATE run_token SET expires_at = clock_timestamp() WHERE run_id = $1", [runId]),
    ],
    [
      "when its key may be used from elsewhere only",
      (key) => end(key, "UPDATE api_key SET addresses = '{10.0.0.0/8}' WHERE key_id = $1"),
    ],
    [
      "when its key may no longer act in the environment",
      (key) => end(key, "UPDATE api_key SET environments = '{dev}' WHERE key_id = $1"),
    ],
  ])("%s", async (_, happen) => {
    const key = await makeKey(world)
    const run = await openRunWithToken(world, key.caller)
    expect(await isLive(run)).toBe(true)
    await happen(key, run)
    expect(await isLive(run)).toBe(false)
    expect((await run.token.post("/api/v1/tool-calls", aWrite(run.runId))).status).not.toBe(202)
  })

  test("with its tenant", async () => {
    const run = await openRunWithToken(world, world.key(1))
    const suspend = "UPDATE tenant SET status = $2 WHERE tenant_id = $1"
    const { tenantId } = (await run.token.get(`/api/v1/runs/${run.runId}`)).body
    await world.su.query(suspend, [tenantId, "suspended"])
    expect((await run.token.get(`/api/v1/runs/${run.runId}`)).status).toBe(401)
    await world.su.query(suspend, [tenantId, "active"])
    expect(await isLive(run)).toBe(true)
  })
})

describe("renewal", () => {
  test("by the token itself: the newest lives and the one before it, and the log names each", async () => {
    const first = await openRunWithToken(world)
    const { value: second, leaves } = await newLeaves(world, async () =>
      openedRun(world, await renewToken(first.token, first.runId)),
    )
    expect([await isLive(first), await isLive(second)]).toEqual([true, true])
    const third = openedRun(world, await renewToken(second.token, first.runId))
    expect([await isLive(first), await isLive(second), await isLive(third)]).toEqual([false, true, true])

    expect(leaves.map(({ type }) => type)).toEqual(["run_token.renewed"])
    const { tokenId, issuedTokenId } = leaves[0]?.body.fields ?? {}
    expect([tokenId, issuedTokenId]).toEqual([expect.stringMatching(/^tok_/), expect.stringMatching(/^tok_/)])
    expect(tokenId).not.toBe(issuedTokenId)
  })

  test("by the key begins another line, which ends no token that someone else holds", async () => {
    const first = await openRunWithToken(world)
    const { value: other, leaves } = await newLeaves(world, async () =>
      openedRun(world, await renewToken(world.ours.key, first.runId)),
    )
    for (let index = 0; index < 3; index += 1) await renewToken(world.ours.key, first.runId)
    expect([await isLive(first), await isLive(other)]).toEqual([true, true])
    expect(leaves.map(({ type }) => type)).toEqual(["run_token.issued"])
  })

  test("by the key does not pile up tokens without end", async () => {
    const first = await openRunWithToken(world)
    for (let index = 0; index < 18; index += 1) await renewToken(world.ours.key, first.runId)
    const { rowCount } = await world.su.query("SELECT 1 FROM run_token WHERE run_id = $1", [first.runId])
    expect(rowCount).toBeLessThanOrEqual(17)
    expect(await isLive(first)).toBe(false)
  })

  test("by twelve at once leaves the newest and the one before it", async () => {
    const first = await openRunWithToken(world)
    const replies = await Promise.all(Array.from({ length: 12 }, () => renewToken(first.token, first.runId)))
    expect(replies.filter(({ status }) => status !== 200 && status !== 401)).toEqual([])
    const lives = await Promise.all(
      replies.filter(({ status }) => status === 200).map((reply) => isLive(openedRun(world, reply))),
    )
    expect(lives.filter(Boolean).length).toBeGreaterThanOrEqual(1)
    expect(lives.filter(Boolean).length).toBeLessThanOrEqual(2)
  })

  test("of a closed run is refused", async () => {
    const run = await openRunWithToken(world)
    await world.ours.key.post(`/api/v1/runs/${run.runId}/close`)
    const reply = await renewToken(world.ours.key, run.runId)
    expect([reply.status, reply.body.code]).toEqual([409, "run_closed"])
    expect((await renewToken(run.token, run.runId)).status).toBe(401)
  })

  test("of a run that was opened twice by one idempotency key gives each answer a token that lives", async () => {
    const body = { environment: "prod", workflow: "w", actor: { agent: "a" } }
    const [first, second] = [
      openedRun(world, await world.ours.key.post("/api/v1/runs", body, { "idempotency-key": "twice" })),
      openedRun(world, await world.ours.key.post("/api/v1/runs", body, { "idempotency-key": "twice" })),
    ]
    expect(second.runId).toBe(first.runId)
    expect([await isLive(first), await isLive(second)]).toEqual([true, true])

    await world.ours.key.post(`/api/v1/runs/${first.runId}/close`)
    const third = await world.ours.key.post("/api/v1/runs", body, { "idempotency-key": "twice" })
    expect(third.body).toMatchObject({ runId: first.runId, status: "closed", runToken: null })
  })
})

test("what expired an hour ago is forgotten, also of runs that nobody closes", async () => {
  const key = await makeKey(world)
  const [old, recent, live] = [
    await openRunWithToken(world, key.caller),
    await openRunWithToken(world, key.caller),
    await openRunWithToken(world, key.caller),
  ]
  const expire = (runId: string, ago: string) =>
    world.su.query("UPDATE run_token SET expires_at = now() - $2::interval WHERE run_id = $1", [runId, ago])
  await expire(old.runId, "61 minutes")
  await expire(recent.runId, "59 minutes")

  await tidy()

  const { rows } = await world.su.query<{ runId: string }>(
    `SELECT run_id AS "runId" FROM run_token WHERE run_id = ANY($1) ORDER BY run_id`,
    [[old.runId, recent.runId, live.runId]],
  )
  expect(rows.map(({ runId }) => runId)).toEqual([recent.runId, live.runId].sort())
  expect(await isLive(live)).toBe(true)
})
