import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Caller } from "../support/api"
import { aWrite, openRun, readFile, writeFile } from "../support/calls"
import { holdLock, someoneWaits } from "../support/locks"
import { countRows, makeKey, makeTool, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let devKey: Caller
let prodRun: string

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  devKey = (await makeKey(world, { environments: ["dev"] })).caller
  prodRun = await openRun(key)
  await makeTool(world, { name: "suspended", status: "suspended" })
  await makeTool(world, { name: "untiered", tier: null })
  await makeTool(world, { name: "dev_only", allowedIn: ["dev"] })
  await makeTool(world, { name: "free" })
  await makeTool(world, { name: "reversible", tier: "T1_REVERSIBLE_WRITE" })
  await makeTool(world, {
    name: "broken",
    inputSchema: { type: "object", properties: { a: { pattern: "(?=a)" } } },
  })
  await makeTool(world, {
    name: "marked",
    inputSchema: {
      $defs: { client: { type: "string", "x-tenant-id": true } },
      type: "object",
      properties: {
        client: { type: "string", "x-tenant-id": true },
        clients: { type: "array", items: { type: "string" }, "x-tenant-id": true },
        referred: { $ref: "#/$defs/client" },
        pair: { type: "array", prefixItems: [{ $ref: "#/$defs/client" }] },
        either: { allOf: [{ $ref: "#/$defs/client" }] },
      },
      additionalProperties: { $ref: "#/$defs/client" },
    },
  })
  await makeTool(world, {
    name: "all_wrong",
    tier: null,
    status: "suspended",
    allowedIn: [],
    inputSchema: { type: "object", required: ["path"] },
  })
})

afterAll(() => world.close())

const tool = (name: string, version = "1.0.0") => ({ server: "workspace", name, version })
const callTo = (name: string, input: unknown, runId = prodRun) => ({ runId, tool: tool(name), input })
const ask = (body: unknown, who = key) => who.post("/api/v1/tool-calls", body)
const reasonCodes = (body: { reasons?: { code: string }[] }) => body.reasons?.map(({ code }) => code) ?? []

const foreign = "ten_01J00000000000000000000000"

/** Asks, and shows that besides the one leaf (and the denied call itself) nothing came of it. */
async function refusedWith(body: unknown, who = key) {
  const before = await countRows(world, world.ours.tenantId)
  const { value: reply, leaves } = await newLeaves(world, () => ask(body, who))
  const after = await countRows(world, world.ours.tenantId)
  for (const table of ["approval", "execution", "change", "change_part", "vote", "run"]) {
    expect([table, after[table]]).toEqual([table, before[table]])
  }

  return { reply, leaves }
}

describe("a tool call is denied, with its reasons and one leaf, when", () => {
  test.each<[string, string[], () => unknown]>([
    ["nobody registered the tool", ["tool_not_registered"], () => callTo("nobody_knows_me", {})],
    [
      "nobody registered the server",
      ["tool_not_registered"],
      () => ({ ...callTo("free", {}), tool: { ...tool("free"), server: "elsewhere" } }),
    ],
    [
      "nobody registered the version",
      ["tool_version_unknown"],
      () => ({ ...callTo("free", {}), tool: tool("free", "2.0.0") }),
    ],
    ["nobody accepted its definition", ["tool_suspended"], () => callTo("suspended", {})],
    ["nobody gave it a tier", ["tier_unassigned"], () => callTo("untiered", {})],
    ["its environment does not allow it", ["tool_not_allowed"], () => callTo("dev_only", {})],
    ["its schema cannot be enforced", ["not_checkable"], () => callTo("broken", { a: "x" })],
    [
      "the input names another tenant in tenantId",
      ["tenant_mismatch"],
      () => callTo("free", { tenantId: foreign }),
    ],
    [
      "the input names another tenant in tenant_id, deep inside",
      ["tenant_mismatch"],
      () => callTo("free", { rows: [{ meta: { tenant_id: "acme" } }] }),
    ],
    ["a tenantId is a number", ["tenant_mismatch"], () => callTo("free", { tenantId: 7 })],
    ["a tenantId is null", ["tenant_mismatch"], () => callTo("free", { tenantId: null })],
    [
      "a tenantId hides in an object",
      ["tenant_mismatch"],
      () => callTo("free", { tenantId: { id: "acme" } }),
    ],
    [
      "one of several tenantIds is another's",
      ["tenant_mismatch"],
      () => callTo("free", { tenantId: [world.ours.tenantId, "acme"] }),
    ],
    ["any string is another tenant's id", ["tenant_mismatch"], () => callTo("free", { note: [foreign] })],
    ["a member's name is another tenant's id", ["tenant_mismatch"], () => callTo("free", { [foreign]: 1 })],
    ["a marked member is another's", ["tenant_mismatch"], () => callTo("marked", { client: "acme" })],
    [
      "a marked list holds another's",
      ["tenant_mismatch"],
      () => callTo("marked", { clients: [world.ours.tenantId, "acme"] }),
    ],
    ["a mark stands behind a reference", ["tenant_mismatch"], () => callTo("marked", { referred: "acme" })],
    ["a mark stands in a tuple", ["tenant_mismatch"], () => callTo("marked", { pair: ["acme"] })],
    ["a mark stands in a combination", ["tenant_mismatch"], () => callTo("marked", { either: "acme" })],
    ["a mark stands on any other member", ["tenant_mismatch"], () => callTo("marked", { other: "acme" })],
    [
      "the place of another tenant's id holds U+0000",
      ["tenant_mismatch"],
      () => callTo("free", { "a\u0000b": { tenantId: "acme" } }),
    ],
  ])("%s", async (_, reasons, body) => {
    const { reply, leaves } = await refusedWith(body())

    expect(reply, reply.text).toMatchObject({ status: 403, body: { code: "policy_denied" } })
    expect(reasonCodes(reply.body)).toEqual(reasons)
    expect(leaves.map(({ type, body: { fields } }) => [type, fields["code"], fields["decision"]])).toEqual([
      ["tool_call.denied", reasons[0], "deny"],
    ])
  })

  test.each<[string, string[], () => unknown]>([
    [
      "the input does not fit its schema",
      ["input_schema"],
      () => ({ ...aWrite(prodRun), input: { path: 7 } }),
    ],
    [
      "the input has a member nobody defined",
      ["input_schema"],
      () => ({ ...aWrite(prodRun), input: { path: "a", content: "b", force: true } }),
    ],
    ["a write brings no change", ["change_required"], () => ({ ...aWrite(prodRun), change: undefined })],
    [
      "a write brings an empty change",
      ["change_required"],
      () => ({ ...aWrite(prodRun), change: { parts: [] } }),
    ],
    ["a reversible write brings no change", ["change_required"], () => callTo("reversible", {})],
  ])("%s (422)", async (_, reasons, body) => {
    const { reply, leaves } = await refusedWith(body())

    expect(reply, reply.text).toMatchObject({ status: 422, body: { code: "invalid_input" } })
    expect([...new Set(reasonCodes(reply.body))]).toEqual(reasons)
    expect(leaves.map(({ type }) => type)).toEqual(["tool_call.denied"])
  })

  test("the key may not act in the run's environment", async () => {
    const { reply, leaves } = await refusedWith(callTo("free", {}), devKey)
    expect(reply).toMatchObject({ status: 403, body: { code: "policy_denied" } })
    expect(reasonCodes(reply.body)).toEqual(["environment_not_allowed"])
    expect(leaves).toHaveLength(1)
  })

  test("the run did not ask for the tool", async () => {
    const runId = await openRun(key, { tools: [{ server: "workspace", name: "read_file" }] })
    const { reply } = await refusedWith(aWrite(runId))
    expect(reasonCodes(reply.body)).toEqual(["tool_not_in_run"])

    const none = await openRun(key, { tools: [] })
    expect(reasonCodes((await refusedWith(callTo("free", {}, none))).reply.body)).toEqual(["tool_not_in_run"])
  })

  test("the run is closed", async () => {
    const runId = await openRun(key)
    await key.post(`/api/v1/runs/${runId}/close`)
    const { reply, leaves } = await refusedWith(aWrite(runId))
    expect(reply).toMatchObject({ status: 403, body: { code: "policy_denied" } })
    expect(reasonCodes(reply.body)).toEqual(["run_closed"])
    expect(leaves).toHaveLength(1)
  })

  test("the run is closed between the decision and its record", async () => {
    const runId = await openRun(key)
    const lock = await holdLock(world, "UPDATE run SET status = 'closed' WHERE run_id = $1", [runId])
    const asking = refusedWith(aWrite(runId))
    await someoneWaits(world)
    await lock.release()

    const { reply, leaves } = await asking
    expect(reply).toMatchObject({ status: 403, body: { code: "policy_denied" } })
    expect(reasonCodes(reply.body)).toEqual(["run_closed"])
    expect(leaves.map(({ type }) => type)).toEqual(["tool_call.denied"])
  })

  test("everything is wrong at once, and every reason is named", async () => {
    const runId = await openRun(key, { tools: [] })
    await key.post(`/api/v1/runs/${runId}/close`)
    const { reply } = await refusedWith(callTo("all_wrong", { tenantId: "acme" }, runId), devKey)

    expect(reply).toMatchObject({ status: 403, body: { code: "policy_denied" } })
    expect(reasonCodes(reply.body)).toEqual([
      "run_closed",
      "environment_not_allowed",
      "tool_suspended",
      "tier_unassigned",
      "tool_not_allowed",
      "tool_not_in_run",
      "tenant_mismatch",
      "input_schema",
    ])
    expect(reply.body.reasons.at(-2)).toMatchObject({ path: "/input/tenantId" })
  })

  test("the call would run at once and the key may not execute", async () => {
    const asker = await makeKey(world, { scopes: ["request", "poll"] })
    const { reply, leaves } = await refusedWith(callTo("free", {}), asker.caller)
    expect(reply).toMatchObject({ status: 403, body: { code: "policy_denied" } })
    expect(reasonCodes(reply.body)).toEqual(["scope_missing"])
    expect(leaves).toHaveLength(1)
  })

  test("the key may not ask at all", async () => {
    const watcher = await makeKey(world, { scopes: ["poll", "execute", "tools:register", "audit:read"] })
    const { reply, leaves } = await refusedWith(callTo("free", {}), watcher.caller)
    expect(reply).toMatchObject({ status: 403, body: { code: "scope_missing" } })
    expect(leaves.map(({ type, body: { fields } }) => [type, fields["code"]])).toEqual([
      ["request.refused", "scope_missing"],
    ])
  })

  test("a thousand foreign tenants are named twenty at a time", async () => {
    const ids = Array.from({ length: 1_000 }, () => foreign)
    const { reply } = await refusedWith(callTo("free", { ids }))
    expect(reasonCodes(reply.body)).toHaveLength(20)
  })

  test("there is no such run (404, nobody's log)", async () => {
    for (const runId of ["run_01J00000000000000000000000", "", "a b", "%00", "'; DROP TABLE run; --"]) {
      const { reply, leaves } = await refusedWith({ ...callTo("free", {}), runId })
      expect(reply, runId).toMatchObject({ status: 404, body: { code: "not_found" } })
      expect(leaves).toEqual([])
    }
  })

  test("nothing speaks against a call that only reads", async () => {
    const reply = await ask({ runId: prodRun, tool: readFile, input: { path: "docs/a.txt" } })
    expect(reply.status, reply.text).toBe(200)
    const own = await ask(callTo("marked", { client: world.ours.tenantId, clients: [world.ours.tenantId] }))
    expect(own.status, own.text).toBe(200)
  })
})

test("the tool that writes needs a person whatever the call says about itself", async () => {
  const reply = await ask(aWrite(prodRun))
  expect(reply).toMatchObject({ status: 202, body: { decision: "pending", approval: { status: "pending" } } })
  expect(writeFile.name).toBe(reply.body.approval.tool)
})
