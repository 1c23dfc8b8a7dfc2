import { afterAll, beforeAll, expect, test } from "vitest"
import {
  buildEnvelope,
  canonicalize,
  changeHash,
  sha256Hex,
  type ProposedChange,
} from "@deltaseal/guard/change"
import { configDigest } from "@deltaseal/guard/config"
import { newNonce, type Caller } from "../support/api"
import { approve, openRun, type Pending } from "../support/calls"
import { report } from "../support/deciding"
import { makeTool, startWorld, type World } from "../support/world"

const tool = { server: "workspace", name: "do_anything", version: "1.0.0" }
const input = { __proto__x: 1, note: "all of it" }
const digest = "0".repeat(64)

const moved = {
  kind: "file",
  target: { workspace: "main", path: "b.md", from: "a.md" },
  before: { text: "x\n" },
  after: { text: "x\n" },
}
const config = {
  kind: "config",
  target: { system: "app", name: "prod.yaml" },
  format: "yaml",
  before: { text: "replicas: 2\n" },
  after: { text: "replicas: 3 # more\n" },
}
const message = {
  kind: "message",
  target: { channel: "email" },
  after: {
    from: "ana@northwind.example",
    replyTo: null,
    recipients: [{ role: "to", address: "bo@acme.example" }],
    subject: null,
    body: "U+0000 is content: \0",
    attachments: [],
  },
}
const command = {
  kind: "command",
  target: { runner: "ci" },
  after: {
    argv: ["ls", "--", "docs"],
    cwd: "/srv",
    env: [{ name: "CI", digest }],
    stdinDigest: null,
    image: null,
  },
}
const call = { kind: "call", target: { server: tool.server, name: tool.name } }
const every = [moved, config, message, command, call]

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  await makeTool(world, { name: tool.name, tier: "T2_IRREVERSIBLE_WRITE" })
})
afterAll(() => world.close())

async function pending(parts: readonly unknown[]): Promise<Pending> {
  const runId = await openRun(key)
  const reply = await key.post("/api/v1/tool-calls", { runId, tool, input, change: { parts } })
  if (reply.status !== 202) throw new Error(reply.text)
  const { approval } = reply.body
  return { runId, approval, approvalId: approval.approvalId, changeHash: approval.changeHash }
}

test("a change of every kind is hashed as its guard does, stored, and read back the same", async () => {
  const { runId, approval, approvalId, changeHash: hash } = await pending(every)

  const definition = String(approval.envelope.tool.definition)
  const proposed = { tenantId: approval.tenantId, runId, tool: { ...tool, definition }, input, parts: every }
  expect(changeHash(buildEnvelope(proposed as unknown as ProposedChange, { configDigest }))).toBe(hash)
  expect(approval.diff.parts.map(({ type }: { type: string }) => type)).toEqual([
    "unified",
    "normalized_json",
    "message",
    "command",
    "call",
  ])
  const again = await key.get(`/api/v1/approvals/${approvalId}`)
  expect(canonicalize(again.body.diff)).toBe(canonicalize(approval.diff))
  expect(again.body.parts).toEqual(approval.parts)
})

test("a move is spent only where its source is as it was and its destination free", async () => {
  const source = { state: "present", digest: sha256Hex("x\n"), bytes: 2, mode: "100644" }
  const absent = { state: "absent" }

  for (const [observed, code] of [
    [[source], "before_changed"],
    [[source, source], "before_changed"],
    [[absent, absent], "before_changed"],
    [[source, absent], undefined],
  ] as const) {
    const asked = await pending([moved])
    await approve(reviewer, asked)
    const { approvalId, runId, changeHash: hash } = asked
    const body = { runId, changeHash: hash, nonce: newNonce(), observed }
    expect((await key.post(`/api/v1/approvals/${approvalId}/consume`, body)).body.code).toBe(code)
  }
})

test("the same message twice is not taken for a target that moved", async () => {
  const after = {
    state: "present",
    digest: String((await pending([message])).approval.parts[0].after.digest),
    bytes: 0,
  }
  for (const _ of [1, 2]) {
    const asked = await pending([message])
    expect(asked.approval.flags).toEqual(["hidden_characters"])
    await approve(reviewer, asked)
    const { approvalId, runId, changeHash: hash, approval } = asked
    const body = { runId, changeHash: hash, nonce: newNonce(), observed: [{ state: "absent" }] }
    const spent = await key.post(`/api/v1/approvals/${approvalId}/consume`, body)
    expect(spent.status, spent.text).toBe(200)
    const observedAfter = [{ ...after, bytes: approval.parts[0].after.bytes }]
    const outcome = await report(key, String(spent.body.executionId), { observedAfter })
    expect(outcome.body).toMatchObject({ status: "applied", matchesApproved: true })
  }
})

test.each([
  ["an anchor in a config", { ...config, after: { text: "a: &x 1\nb: *x\n" } }, "ambiguous_config"],
  ["a config that cannot be read", { ...config, after: { text: "a: 'x" } }, "invalid_content"],
  ["a message to nobody", { ...message, after: { ...message.after, recipients: [] } }, "invalid_content"],
  [
    "a header that brings another one",
    { ...message, after: { ...message.after, subject: "a\r\nBcc: x" } },
    "invalid_content",
  ],
  ["an argument with U+0000", { ...command, after: { ...command.after, argv: ["a\0b"] } }, "invalid_content"],
  [
    "a call of another tool",
    { ...call, target: { ...call.target, name: "read_file" } },
    "unsupported_change",
  ],
  ["a move onto itself", { ...moved, target: { ...moved.target, from: "b.md" } }, "duplicate_target"],
])("refuses %s with a code of its own", async (_, part, code) => {
  const runId = await openRun(key)
  const reply = await key.post("/api/v1/tool-calls", { runId, tool, input, change: { parts: [part] } })

  expect([reply.status, reply.body.code]).toEqual([422, code])
})
