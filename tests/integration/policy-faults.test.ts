import { canonicalize, sha256Hex } from "@deltaseal/guard/change"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { policyInForce } from "@/lib/policies/policies.service"
import type { Caller, Reply } from "../support/api"
import { aWrite, openRun } from "../support/calls"
import { putInForce } from "../support/rules"
import { makeTool, newLeaves, startWorld, type World } from "../support/world"

/** Whatever is wrong with the policy in force, every call is refused, and every refusal is on record. */

let world: World
let key: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  await makeTool(world, { name: open.name })
})
afterAll(() => world.close())

/** A tool that takes any input. */
const open = { server: "workspace", name: "anything", version: "1.0.0" }
const friendly = "rules: [{name: all, effect: allow}]\n"

async function broken(sql: string, ...values: unknown[]): Promise<void> {
  await world.su.query(
    `${sql} WHERE tenant_id = $1 AND version = (SELECT policy_version FROM tenant WHERE tenant_id = $1)`,
    [world.ours.tenantId, ...values],
  )
}

/** A policy nobody could publish, with the digest that belongs to it. */
async function stored(document: object): Promise<void> {
  const bytes = Buffer.from(canonicalize(document as never))
  await broken("UPDATE policy_version SET document = $2, digest = $3", bytes, sha256Hex(bytes))
}

/** A call that writes and one that only reads, each in a run of its own. */
async function asked(input: object = {}): Promise<readonly Reply[]> {
  const runId = await openRun(key)
  const read = { runId, tool: open, input: { path: "a", ...input } }
  return [await key.post("/api/v1/tool-calls", aWrite(runId)), await key.post("/api/v1/tool-calls", read)]
}

const rule = { name: "all", effect: "allow" }

describe("a stored policy that", () => {
  test.each<[string, () => Promise<void>]>([
    ["is missing", () => broken("DELETE FROM policy_version")],
    ["has other bytes than were published", () => broken("UPDATE policy_version SET document = '\\x7b7d'")],
    ["has another digest than its bytes", () => broken("UPDATE policy_version SET digest = 'x'")],
    ["is of a newer layout", () => stored({ version: 2, rules: [rule] })],
    ["has a member from a newer layout", () => stored({ version: 1, rules: [{ ...rule, unless: "x" }] })],
    [
      "has a condition that does not compile",
      () => stored({ version: 1, rules: [{ ...rule, when: "1 +" }] }),
    ],
    [
      "raises a limit that holds for everybody",
      () => stored({ version: 1, rules: [rule], limits: { change: { parts: 101 } } }),
    ],
  ])("%s refuses every call, with a leaf for each", async (_, breaks) => {
    await putInForce(world, friendly)
    await breaks()
    const { value, leaves } = await newLeaves(world, () => asked())

    for (const reply of value) {
      expect(reply, reply.text).toMatchObject({
        status: 403,
        body: { code: "policy_denied", reasons: [{ code: "policy_unavailable" }] },
      })
    }
    expect(leaves.filter(({ type }) => type === "tool_call.denied")).toHaveLength(2)
  })

  test("is whole again lets calls through again", async () => {
    await putInForce(world, friendly)
    for (const reply of await asked()) expect(reply.status, reply.text).toBe(200)
  })
})

const heavy = Array.from({ length: 40 }, (_, at) => `input.path.contains("${at}x")`).join(" || ")

describe("a condition that", () => {
  test.each([
    ["asks for a member that is not there", "input.nothing == 1"],
    ["compares what cannot be compared", "input.path < 1"],
    ["gives no truth value", "input.path"],
    ["takes too long", `input.many.all(a, ${heavy.replaceAll("input.path", "a")} || a != "")`],
  ])("%s denies the call and names its rule", async (_, when) => {
    const rules = [rule, { name: "odd", effect: "allow", match: { tool: [open.name] }, when }]
    await putInForce(world, `rules: ${JSON.stringify(rules)}\n`)
    const [write, read] = await asked({ many: Array.from({ length: 20_000 }, () => "a".repeat(40)) })

    expect(write?.status, write?.text).toBe(200)
    expect(read, read?.text).toMatchObject({
      status: 403,
      body: { reasons: [{ code: "condition_failed", message: expect.stringContaining("odd") as string }] },
    })
  })
})

test("a version that is not there is never another one", async () => {
  await expect(policyInForce(world.ours.tenantId, 9_999)).rejects.toMatchObject({
    code: "policy_unavailable",
  })
})
