import { afterAll, beforeAll, expect, test } from "vitest"
import { sha256Hex } from "@deltaseal/guard/change"
import { errorCodes, type ErrorCode } from "@/lib/errors/codes"
import { newNonce, type Caller, type Reply } from "../support/api"
import { approve, openRun } from "../support/calls"
import {
  command,
  commandOf,
  config,
  file,
  message,
  messageOf,
  nested,
  nodesOf,
  path,
  record,
  recordOf,
  yamlOf,
} from "../support/sized"
import { makeTool, startWorld, type World } from "../support/world"

/** Every limit of SPEC 2.3 and 2.4 through the real API: what fits exactly is taken, one more is refused with its code. */

const digest = "0".repeat(64)
const mebibyte = 1024 * 1024
const longName = "n".repeat(128)
const longVersion = "9".repeat(128)

let world: World
let key: Caller
let runId: string

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  for (const [name, version] of [
    ["do_anything", "1.0.0"],
    [longName, longVersion],
  ] as const) {
    await makeTool(world, { name, version, tier: "T2_IRREVERSIBLE_WRITE" })
  }
  runId = await openRun(key)
})
afterAll(() => world.close())

const aCall = (changes: object = {}) => ({
  runId,
  tool: { server: "workspace", name: "do_anything", version: "1.0.0" },
  input: {},
  change: { parts: [file()] },
  ...changes,
})
const ask = (changes: object, headers?: Record<string, string>): Promise<Reply> =>
  key.post("/api/v1/tool-calls", aCall(changes), headers)
const withPart = (part: object) => ask({ change: { parts: [part] } })

/** A body with exactly so many values in it, itself included. */
async function askWithNodes(count: number): Promise<Reply> {
  const bare = nodesOf(aCall({ input: { list: [] } }))
  return ask({ input: { list: Array.from({ length: count - bare }, () => 0) } })
}

/** A body with exactly so many bytes: JSON allows space at its end. */
function askWithBytes(count: number): Promise<Reply> {
  const text = JSON.stringify(aCall())
  return key.post("/api/v1/tool-calls", text + " ".repeat(count - Buffer.byteLength(text)))
}

test.each<[limit: string, code: ErrorCode, at: number, (n: number) => Promise<Reply>]>([
  ["bytes of a body", "body_too_large", 8 * mebibyte, askWithBytes],
  ["levels of a body", "too_deep", 64, (levels) => ask({ input: { a: nested(levels - 2) } })],
  ["values in a body", "too_many_nodes", 100_000, askWithNodes],
  ["bytes of a member's name", "name_too_long", 1024, (n) => ask({ input: { ["n".repeat(n)]: 1 } })],
  ["bytes of a reason", "reason_too_long", 2048, (n) => ask({ reason: "x".repeat(n) })],
  ["bytes of a reason in two-byte letters", "reason_too_long", 1024, (n) => ask({ reason: "é".repeat(n) })],
  [
    "characters of an Idempotency-Key",
    "invalid_idempotency_key",
    255,
    (n) => ask({}, { "idempotency-key": "k".repeat(n) }),
  ],
  [
    "parts",
    "too_many_parts",
    100,
    (n) => ask({ change: { parts: Array.from({ length: n }, () => file()) } }),
  ],

  [
    "bytes of a call's input",
    "content_too_large",
    2 * mebibyte,
    (n) =>
      ask({
        input: recordOf(n),
        change: { parts: [{ kind: "call", target: { server: "workspace", name: "do_anything" } }] },
      }),
  ],
  ["bytes of a YAML config", "content_too_large", 256 * 1024, (n) => withPart(config("yaml", yamlOf(n)))],
  [
    "levels of a config",
    "invalid_content",
    64,
    (n) => withPart(config("json", "[".repeat(n) + "]".repeat(n))),
  ],

  [
    "bytes of a path",
    "invalid_path",
    1024,
    (n) => withPart(file({ target: { workspace: "main", path: path(n) } })),
  ],
  [
    "bytes of a component",
    "invalid_path",
    255,
    (n) => withPart(file({ target: { workspace: "main", path: `é${"x".repeat(n - 2)}/a` } })),
  ],
  [
    "characters of a workspace's name",
    "invalid_name",
    128,
    (n) => withPart(file({ target: { workspace: "w".repeat(n), path: "a" } })),
  ],
  [
    "characters of a system's name",
    "invalid_name",
    128,
    (n) => withPart(record({ target: { system: "s".repeat(n), type: "t", id: "i" } })),
  ],
  [
    "characters of a tool's name",
    "invalid_name",
    128,
    (n) => ask({ tool: { server: "workspace", name: "n".repeat(n), version: longVersion } }),
  ],
  [
    "characters of a tool's version",
    "invalid_name",
    128,
    (n) => ask({ tool: { server: "workspace", name: longName, version: "9".repeat(n) } }),
  ],
  [
    "bytes of a record's id",
    "invalid_name",
    1024,
    (n) => withPart(record({ target: { system: "s", type: "t", id: "i".repeat(n) } })),
  ],
  [
    "bytes of a row version",
    "invalid_name",
    1024,
    (n) => withPart(record({ version: "v".repeat(n), before: { a: 2 } })),
  ],
  [
    "bytes of a channel",
    "invalid_name",
    1024,
    (n) => withPart({ ...message(), target: { channel: "c".repeat(n) } }),
  ],
  [
    "bytes of a runner",
    "invalid_name",
    1024,
    (n) => withPart({ ...command(), target: { runner: "r".repeat(n) } }),
  ],
  [
    "bytes of an address",
    "invalid_content",
    1024,
    (n) => withPart(message({ recipients: [{ role: "to", address: "a".repeat(n) }] })),
  ],
  [
    "bytes of an attachment's name",
    "invalid_content",
    1024,
    (n) => withPart(message({ attachments: [{ name: "a".repeat(n), bytes: 1, digest }] })),
  ],
])("%s: %s beyond %i", async (_, code, at, asked) => {
  const taken = await asked(at)
  const refused = await asked(at + 1)

  expect(taken, taken.text.slice(0, 300)).toMatchObject({ status: 202 })
  expect(refused, refused.text.slice(0, 300)).toMatchObject({
    status: errorCodes[code].status,
    body: { code },
  })
})

test.each<[what: string, (n: number) => object]>([
  ["an after", (n) => file({ after: { text: "x".repeat(n) } })],
  ["a before", (n) => file({ before: { text: "x".repeat(n) } })],
  ["base64", (n) => file({ after: { base64: Buffer.alloc(n).toString("base64") } })],
  ["a record", (n) => record({ after: recordOf(n) })],
  [
    "what a patch leaves",
    (n) => ({
      ...record({ before: { a: "" }, patch: [{ op: "replace", path: "/a", value: "x".repeat(n - 8) }] }),
      after: undefined,
    }),
  ],
  ["a message", (n) => ({ ...message(), after: messageOf(n) })],
  ["a command", (n) => ({ ...command(), after: commandOf(n) })],
  ["a JSON config", (n) => config("json", `"${"x".repeat(n - 2)}"`)],
  ["a TOML config", (n) => config("toml", `a = "${"x".repeat(n - 6)}"`)],
])("%s: content_too_large beyond 2 MiB", async (_, part) => {
  expect(await withPart(part(2 * mebibyte))).toMatchObject({ status: 202 })
  expect(await withPart(part(2 * mebibyte + 1))).toMatchObject({
    status: 422,
    body: { code: "content_too_large" },
  })
})

test("50,000 lines are compared, 50,001 are shown as a whole replacement that says so", async () => {
  const lines = (count: number) => Array.from({ length: count }, (_, at) => `${at}\n`).join("")
  const [taken, degraded] = await Promise.all(
    [50_000, 50_001].map((count) =>
      withPart(file({ before: { text: lines(count) }, after: { text: lines(count - 1) } })),
    ),
  )

  expect(taken?.body.approval.parts).toMatchObject([{ added: 0, removed: 1, flags: [] }])
  expect(degraded?.body.approval).toMatchObject({
    flags: expect.arrayContaining(["diff_degraded"]) as string[],
    parts: [{ added: 50_000, removed: 50_001 }],
  })
})

test("a vote's reason may have 2 KiB", async () => {
  const { approvalId, changeHash } = (await ask({})).body.approval
  const reviewer = await world.as("reviewer")
  const deny = (size: number) =>
    reviewer.post(`/api/v1/approvals/${approvalId}/votes`, {
      decision: "deny",
      changeHash,
      reason: "x".repeat(size),
    })

  expect(await deny(2049)).toMatchObject({ status: 422, body: { code: "reason_too_long" } })
  expect(await deny(2048)).toMatchObject({ status: 200, body: { status: "denied" } })
})

test("a hundred moves are spent by what was seen at both of their places", async () => {
  const parts = Array.from({ length: 100 }, (_, at) =>
    file({
      target: { workspace: "main", path: `to/${at}`, from: `from/${at}` },
      before: { text: "x" },
      after: { text: "x" },
    }),
  )
  const { approvalId, changeHash } = (await ask({ change: { parts } })).body.approval
  await approve(await world.as("reviewer"), { runId, approvalId, changeHash, approval: null })
  const source = { state: "present", bytes: 1, digest: sha256Hex("x"), mode: "100644" }
  const observed = parts.flatMap(() => [source, { state: "absent" }])
  const consume = (seen: readonly object[]) =>
    key.post(`/api/v1/approvals/${approvalId}/consume`, {
      runId,
      changeHash,
      nonce: newNonce(),
      observed: seen,
    })

  expect(await consume([...observed, source])).toMatchObject({
    status: 422,
    body: { code: "invalid_request" },
  })
  expect(await consume(observed)).toMatchObject({ status: 200 })
})

test("headers may have 16 KiB", async () => {
  const withHeader = (size: number) =>
    fetch(`${world.url}/healthz`, { headers: { "x-large": "x".repeat(size) } })

  expect((await withHeader(15 * 1024)).status).toBe(200)
  expect((await withHeader(16 * 1024)).status).toBe(431)
})
