import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Caller } from "../support/api"
import { aWrite, openRun } from "../support/calls"
import { countRows, makeKey, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let devKey: Caller
let prodRun: string

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  devKey = (await makeKey(world, { environments: ["dev"] })).caller
  prodRun = await openRun(key)
})

afterAll(() => world.close())

const tool = (name: string, version = "1.0.0") => ({ server: "workspace", name, version })
const callTo = (name: string, input: unknown) => ({ runId: prodRun, tool: tool(name), input })
const reasonCodes = (body: { reasons?: { code: string }[] }) => body.reasons?.map(({ code }) => code) ?? []

/** Asks, and shows that nothing but a leaf came of it. */
async function refusedWith(body: unknown) {
  const { audit_leaf: _l, audit_opening: _f, ...before } = await countRows(world, world.ours.tenantId)
  const { value: reply, leaves } = await newLeaves(world, () => key.post("/api/v1/tool-calls", body))
  expect(await countRows(world, world.ours.tenantId)).toMatchObject(
    reply.body.code === "invalid_input" ? { approval: before["approval"] } : before,
  )

  return { reply, leaves }
}

const part = (changes: object = {}) => ({
  kind: "file",
  target: { workspace: "main", path: "docs/a.txt" },
  before: null,
  after: { text: "x" },
  ...changes,
})
const withParts = (...parts: unknown[]) => ({ ...aWrite(prodRun), change: { parts } })
const withPath = (path: string) => withParts(part({ target: { workspace: "main", path } }))

describe("a request that does not fit is refused whole, with one leaf:", () => {
  test.each<[string, string, () => unknown]>([
    ["an unknown member", "invalid_request", () => ({ ...aWrite(prodRun), approved: true })],
    [
      "an unknown member of the tool",
      "invalid_request",
      () => ({ ...callTo("free", {}), tool: { ...tool("free"), tier: "T0_READ" } }),
    ],
    ["an unknown member of a part", "invalid_request", () => withParts(part({ op: "create" }))],
    [
      "an unknown member of the change",
      "invalid_request",
      () => ({ ...aWrite(prodRun), change: { parts: [part()], hash: "" } }),
    ],
    [
      "an unknown member of a content",
      "invalid_request",
      () => withParts(part({ after: { text: "x", base64: "eA==" } })),
    ],
    [
      "a dry run that is neither true nor false",
      "invalid_request",
      () => ({ ...aWrite(prodRun), dryRun: "yes" }),
    ],
    ["no input", "invalid_request", () => ({ ...aWrite(prodRun), input: undefined })],
    ["a kind we do not know", "invalid_request", () => withParts(part({ kind: "command" }))],
    ["a look-alike letter in the tool's name", "invalid_name", () => callTo("frее", {})],
    ["a zero-width character in the tool's name", "invalid_name", () => callTo("fr\u200bee", {})],
    [
      "a NUL in the tool's version",
      "invalid_name",
      () => ({ ...callTo("free", {}), tool: tool("free", "1\u0000") }),
    ],
    ["a NUL in the run's id", "invalid_request", () => ({ ...callTo("free", {}), runId: "run_\u0000" })],
    ["a NUL in the reason", "invalid_request", () => ({ ...aWrite(prodRun), reason: "a\u0000b" })],
    ["a reason over 2 KiB", "reason_too_long", () => ({ ...aWrite(prodRun), reason: "é".repeat(1_025) })],
    ["an array for a body", "invalid_request", () => []],
    ["null for a body", "invalid_request", () => "null"],
    ["a path out of the workspace", "invalid_path", () => withPath("../etc/passwd")],
    ["an absolute path", "invalid_path", () => withPath("/etc/passwd")],
    ["a path with a bidi control", "invalid_path", () => withPath("docs/\u202etxt.exe")],
    ["a path that is not in normal form C", "invalid_path", () => withPath("docs/e\u0301.txt")],
    ["a path with a NUL", "invalid_path", () => withPath("docs/a\u0000.txt")],
    ["the same target twice", "duplicate_target", () => withParts(part(), part({ after: { text: "y" } }))],
    ["a change that changes nothing", "no_change", () => withParts(part({ before: { text: "x" } }))],
    ["an absent file that stays absent", "no_change", () => withParts(part({ after: null }))],
    ["base64 that is not canonical", "invalid_content", () => withParts(part({ after: { base64: "eB==" } }))],
    [
      "a content over 2 MiB",
      "content_too_large",
      () => withParts(part({ after: { text: "x".repeat(2 ** 21 + 1) } })),
    ],
    [
      "more than a hundred parts",
      "too_many_parts",
      () =>
        withParts(
          ...Array.from({ length: 101 }, (_, at) => part({ target: { workspace: "main", path: `${at}` } })),
        ),
    ],
  ])("%s is %s", async (_, code, body) => {
    const { reply, leaves } = await refusedWith(body())

    expect(reply, reply.text.slice(0, 300)).toMatchObject({ status: 422, body: { code } })
    expect(reply.body.reasons.length).toBeGreaterThan(0)
    expect(leaves.map(({ type, body: { fields } }) => [type, fields["code"], fields["action"]])).toEqual([
      ["request.refused", code, "POST /tool-calls"],
    ])
  })

  test("a member named __proto__ is as unknown as any other", async () => {
    for (const name of ["__proto__", "constructor", "hasOwnProperty"]) {
      const text = JSON.stringify(aWrite(prodRun)).replace("{", `{"${name}":{"decision":"allow"},`)
      const { reply } = await refusedWith(text)
      expect(reply, name).toMatchObject({ status: 422, body: { code: "invalid_request" } })
    }
    expect(({} as Record<string, unknown>)["decision"]).toBeUndefined()
  })

  test("an input that the schema does not know under __proto__ is invalid", async () => {
    const text = JSON.stringify(aWrite(prodRun)).replace('"input":{', '"input":{"__proto__":{"x":1},')
    const { reply } = await refusedWith(text)
    expect(reply).toMatchObject({ status: 422, body: { code: "invalid_input" } })
  })
})

describe("opening a run is refused with a leaf when", () => {
  const aRun = { environment: "prod", workflow: "nightly", actor: { agent: "claude" } }
  test.each<[string, number, string, object]>([
    ["the environment is unknown", 422, "invalid_request", { environment: "moon" }],
    ["a member is unknown", 422, "invalid_request", { status: "open" }],
    ["the workflow holds a NUL", 422, "invalid_request", { workflow: "a\u0000" }],
    ["the workflow holds a bidi control", 422, "invalid_request", { workflow: "a\u202eb" }],
    ["the workflow is too long", 422, "invalid_request", { workflow: "x".repeat(201) }],
    ["the agent's name holds a line break", 422, "invalid_request", { actor: { agent: "a\nb" } }],
    ["a limit is named that there is not", 422, "invalid_request", { limits: { patience: 5 } }],
    ["a limit is less than nothing", 422, "invalid_request", { limits: { toolCalls: -1 } }],
    ["the operator is nobody", 422, "unknown_operator", { operator: "per_01J00000000000000000000000" }],
    ["the operator holds a NUL", 422, "invalid_request", { operator: "per_\u0000" }],
  ])("%s", async (_, status, code, changes) => {
    const before = await countRows(world, world.ours.tenantId)
    const { value: reply, leaves } = await newLeaves(world, () =>
      key.post("/api/v1/runs", { ...aRun, ...changes }),
    )
    expect(reply, reply.text).toMatchObject({ status, body: { code } })
    expect(leaves.map(({ type, body: { fields } }) => [type, fields["code"]])).toEqual([
      ["request.refused", code],
    ])
    expect((await countRows(world, world.ours.tenantId))["run"]).toBe(before["run"])
  })

  test("the operator is a member of another agency", async () => {
    const reply = await key.post("/api/v1/runs", { ...aRun, operator: world.theirs.ownerId })
    expect(reply).toMatchObject({ status: 422, body: { code: "unknown_operator" } })
  })

  test("the key may not act in the environment", async () => {
    const { value: reply, leaves } = await newLeaves(world, () => devKey.post("/api/v1/runs", aRun))
    expect(reply).toMatchObject({ status: 403, body: { code: "policy_denied" } })
    expect(reasonCodes(reply.body)).toEqual(["environment_not_allowed"])
    expect(leaves).toHaveLength(1)
  })
})
