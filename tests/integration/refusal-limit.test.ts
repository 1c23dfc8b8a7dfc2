import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { printKey } from "@/lib/keys/api-key"
import { newPrintedKey } from "@/lib/keys/credential"
import { type Caller } from "../support/api"
import { openRun } from "../support/calls"
import { keyCaller, makeKey, newLeaves, startWorld, until, type World } from "../support/world"

let world: World
let runId: string

beforeAll(async () => {
  world = await startWorld()
  runId = await openRun(world.ours.key)
})

afterAll(() => world.close())

const ask = (body: unknown, who: Caller) => who.post("/api/v1/tool-calls", body)

describe("refusals beyond sixty a minute", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  const many = async (who: Caller, count: number, body: unknown) => {
    for (let sent = 0; sent < count; sent += 13) {
      await Promise.all(Array.from({ length: Math.min(13, count - sent) }, () => ask(body, who)))
    }
  }

  test.each([
    ["of a request", { not: "a call" }, "request.refused", "invalid_request"],
    [
      "of a call",
      () => ({ runId, tool: { server: "workspace", name: "nobody_knows_me", version: "1" }, input: {} }),
      "tool_call.denied",
      "policy_denied",
    ],
  ] as const)("%s are refused all the same, and counted in one leaf", async (_, body, type, code) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    const asker = await makeKey(world)
    const sent = typeof body === "function" ? body() : body
    const { leaves } = await newLeaves(world, () => many(asker.caller, 65, sent))

    expect(leaves.filter((leaf) => leaf.type === type && leaf.body.actor.id === asker.keyId)).toHaveLength(60)
    expect((await ask(sent, asker.caller)).body.code).toBe(code)

    const counted = await newLeaves(world, async () => {
      vi.advanceTimersByTime(61_000)
      await until("the count is in the log", async () => {
        const { rowCount } = await world.su.query(
          "SELECT 1 FROM audit_leaf WHERE type = 'request.refusals_counted' AND position($1::bytea IN leaf) > 0",
          [Buffer.from(asker.keyId)],
        )
        return rowCount === 1
      })
    })
    expect(counted.leaves.map((leaf) => leaf.body.fields)).toEqual([{ code, count: 6 }])
  })

  test("of a key that nobody issued are unauthenticated, every one", async () => {
    const forged = keyCaller(world.url, printKey(newPrintedKey("live")))
    const { leaves } = await newLeaves(world, () => many(forged, 61, { not: "a call" }))
    expect((await ask({ not: "a call" }, forged)).status).toBe(401)
    expect(leaves).toEqual([])
  })

  test("of a key that is revoked meanwhile are unauthenticated", async () => {
    const asker = await makeKey(world)
    await many(asker.caller, 61, { not: "a call" })
    await world.su.query("UPDATE api_key SET revoked_at = clock_timestamp() WHERE key_id = $1", [asker.keyId])
    expect((await ask({ not: "a call" }, asker.caller)).status).toBe(401)
  })
})
