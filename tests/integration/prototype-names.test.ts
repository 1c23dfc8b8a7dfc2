import { afterAll, beforeAll, expect, test } from "vitest"
import {
  buildEnvelope,
  canonicalize,
  changeHash,
  parseStrictJson,
  type JsonObject,
  type JsonValue,
  type ProposedChange,
} from "@deltaseal/guard/change"
import { configDigest } from "@deltaseal/guard/config"
import { approvalPage } from "@/lib/approvals/approvals.queries"
import { principalOfSession } from "@/lib/members/sessions.service"
import { newNonce, type Caller, type Reply } from "../support/api"
import { approve, openRun } from "../support/calls"
import { makePerson, makeTool, startWorld, type MadePerson, type World } from "../support/world"

/** Names that mean something to JavaScript are data: through parser, envelope, diff, storage, page and answer. */

const own = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) => ({
  prototype,
  names: Reflect.ownKeys(prototype),
  values: valuesOf(prototype),
}))

const digest = "0".repeat(64)
const tool = { server: "__proto__", name: "constructor", version: "__proto__" }
const strict = (text: string) => parseStrictJson(Buffer.from(text))
const hostile =
  '{"__proto__":{"admin":true,"constructor":{"prototype":{"polluted":1}}},"constructor":{"prototype":{"polluted":1}},' +
  '"prototype":"__proto__","toString":null,"hasOwnProperty":[{"__proto__":[]}]}'
const input = hostile

const record = (after: string) =>
  `{"kind":"record","target":{"system":"__proto__","type":"constructor","id":"__proto__"},` +
  `"before":{"__proto__":{"admin":false}},"after":${after}}`
const patched =
  `{"kind":"record","target":{"system":"crm","type":"prototype","id":"constructor"},"before":{"__proto__":{"a":1},"constructor":{}},` +
  `"patch":[{"op":"add","path":"/constructor/prototype","value":{"polluted":1}},{"op":"add","path":"/__proto__/polluted","value":1},` +
  `{"op":"test","path":"/__proto__/a","value":1},{"op":"copy","from":"/__proto__","path":"/hasOwnProperty"}]}`
const yaml = (admin: boolean) =>
  `{"kind":"config","target":{"system":"constructor","name":"__proto__"},"format":"yaml","before":{"text":"__proto__: {admin: false}\\n"},` +
  `"after":{"text":"__proto__: {admin: ${admin}}\\nconstructor: {prototype: {polluted: 1}}\\n"}}`
const toml =
  `{"kind":"config","target":{"system":"app","name":"constructor"},"format":"toml","before":null,` +
  `"after":{"text":"[__proto__]\\npolluted = 1\\n[constructor.prototype]\\npolluted = 1\\n"}}`
const message =
  `{"kind":"message","target":{"channel":"__proto__"},"after":{"from":"__proto__","replyTo":"constructor",` +
  `"recipients":[{"role":"to","address":"__proto__"},{"role":"cc","address":"constructor@__proto__"}],"subject":"__proto__",` +
  `"body":"constructor","attachments":[{"name":"__proto__","bytes":1,"digest":"${digest}"}]}}`
const command =
  `{"kind":"command","target":{"runner":"__proto__"},"after":{"argv":["__proto__","constructor"],"cwd":"__proto__",` +
  `"env":[{"name":"__proto__","digest":"${digest}"},{"name":"constructor","digest":"${digest}"}],"stdinDigest":null,"image":"__proto__"}}`
const file = `{"kind":"file","target":{"workspace":"__proto__","path":"constructor/prototype"},"before":null,"after":{"text":"__proto__"}}`
const call = `{"kind":"call","target":{"server":"__proto__","name":"constructor"}}`
const parts = (after: string, admin: boolean) =>
  `[${[record(after), patched, yaml(admin), toml, message, command, file, call].join(",")}]`

let world: World
let key: Caller
let reviewer: MadePerson
let runId: string
let reply: Reply

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await makePerson(world, { role: "reviewer" })
  await makeTool(world, { ...tool, tier: "T2_IRREVERSIBLE_WRITE" })
  await world.su.query("UPDATE tool SET server = '__proto__' WHERE name = 'constructor'")
  await world.su.query("UPDATE tool_allowance SET server = '__proto__' WHERE name = 'constructor'")
  runId = await openRun(key)
  reply = await ask(hostile, true)
})
afterAll(() => world.close())

const ask = (after: string, admin: boolean): Promise<Reply> =>
  key.post(
    "/api/v1/tool-calls",
    `{"runId":"${runId}","tool":${JSON.stringify(tool)},"input":${input},"change":{"parts":${parts(after, admin)}}}`,
  )
const approvalId = () => String(reply.body.approval.approvalId)

/** An answer as it was sent, with nothing lost to a prototype. */
const sent = ({ text }: Reply) => strict(text) as JsonObject & Record<string, any>

test("they are hashed as the guard hashes them, and shown field by field", () => {
  expect(reply, reply.text.slice(0, 500)).toMatchObject({ status: 202 })
  const approval = sent(reply)["approval"]
  const proposed = {
    tenantId: approval.tenantId,
    runId,
    tool: { ...tool, definition: approval.envelope.tool.definition },
    input: strict(input),
    parts: strict(parts(hostile, true)),
  }
  expect(changeHash(buildEnvelope(proposed as unknown as ProposedChange, { configDigest }))).toBe(
    approval.changeHash,
  )

  const [first, second, third, fourth, mail, run, , passed] = approval.diff.parts
  expect(first.preview).toEqual([
    { op: "replace", path: "/__proto__/admin", from: false, to: true },
    { op: "add", path: "/__proto__/constructor", to: strict('{"prototype":{"polluted":1}}') },
    { op: "add", path: "/constructor", to: strict('{"prototype":{"polluted":1}}') },
    { op: "add", path: "/hasOwnProperty", to: strict('[{"__proto__":[]}]') },
    { op: "add", path: "/prototype", to: "__proto__" },
    { op: "add", path: "/toString", to: null },
  ])
  expect(second.preview.map(({ path }: { path: string }) => path)).toEqual([
    "/__proto__/polluted",
    "/constructor/prototype",
    "/hasOwnProperty",
  ])
  expect(third.preview.map(({ path }: { path: string }) => path)).toEqual([
    "/__proto__/admin",
    "/constructor",
  ])
  expect(canonicalize(fourth.preview[0].to as JsonValue)).toBe(
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  )
  expect(mail.preview).toMatchObject({ from: "__proto__", attachments: [{ name: "__proto__" }] })
  expect(run.preview).toMatchObject({ env: [{ name: "__proto__" }, { name: "constructor" }] })
  expect(canonicalize(passed.preview as JsonValue)).toBe(canonicalize(strict(hostile)))
})

test("they are read back from the database the same, by key and on the page", async () => {
  const again = await key.get(`/api/v1/approvals/${approvalId()}`)
  const approval = sent(reply)["approval"]
  expect(canonicalize(sent(again)["diff"] as JsonValue)).toBe(canonicalize(approval.diff as JsonValue))
  expect(canonicalize(sent(again)["envelope"] as JsonValue)).toBe(
    canonicalize(approval.envelope as JsonValue),
  )
  expect(sent(again)["parts"]).toEqual(approval.parts)
  expect(sent(again)["effects"]).toEqual(approval.effects)

  const actor = await principalOfSession(reviewer.sessionId)
  if (actor === null) throw new Error("The reviewer has no session.")
  const page = await approvalPage(actor, approvalId())
  expect(page.input).toBe(canonicalize(strict(input)))
  expect(canonicalize(page.approval.diff as unknown as JsonValue)).toBe(
    canonicalize(approval.diff as JsonValue),
  )
})

test("what changed since is told by the same names", async () => {
  const second = await ask('{"__proto__":{"admin":1},"constructor":null}', false)
  const { parts: changed } = sent(
    await key.get(`/api/v1/approvals/${second.body.approval.approvalId}/interdiff`),
  )

  expect(changed[0].diff.preview.map(({ path }: { path: string }) => path)).toEqual([
    "/__proto__/admin",
    "/__proto__/constructor",
    "/constructor",
    "/hasOwnProperty",
    "/prototype",
    "/toString",
  ])
  expect(changed[2].diff.preview).toContain("-__proto__: {admin: true}\n+__proto__: {admin: false}\n")
})

test("an outcome's words keep them, in its answer and on the timeline", async () => {
  const approval = sent(reply)["approval"]
  const asked = { runId, approval, approvalId: approvalId(), changeHash: String(approval.changeHash) }
  expect(await approve(reviewer.caller, asked)).toMatchObject({ status: 200 })
  const observed = approval.envelope.parts.map((part: JsonObject) => seen(part["before"] as JsonObject))
  const spent = await key.post(`/api/v1/approvals/${approvalId()}/consume`, {
    runId,
    changeHash: asked.changeHash,
    nonce: newNonce(),
    observed,
  })
  expect(spent, spent.text).toMatchObject({ status: 200 })
  const after = JSON.stringify(
    approval.envelope.parts.map((part: JsonObject) => seen(part["after"] as JsonObject)),
  )
  const reported = await key.post(
    `/api/v1/executions/${spent.body.executionId}/outcome`,
    `{"status":"applied","observedAfter":${after},"output":{"sha256":"${digest}","redacted":${hostile}},` +
      `"receipts":[{"type":"constructor","id":"__proto__","__proto__":"kept","constructor":"kept"}]}`,
  )
  expect(reported, reported.text).toMatchObject({ status: 200, body: { matchesApproved: true } })

  const timeline = await key.get(`/api/v1/runs/${runId}/events`)
  const events = sent(timeline)["items"] as { eventType: string; output: any; input: any; receipts: any[] }[]
  const applied = events.find(({ eventType }) => eventType === "execution.applied")
  expect(canonicalize(applied?.output.redacted as JsonValue)).toBe(canonicalize(strict(hostile)))
  expect(Object.entries(applied?.receipts[0] as object)).toContainEqual(["__proto__", "kept"])
  expect(
    events.some(({ input: given }) => given !== null && Object.hasOwn(given.redacted as object, "__proto__")),
  ).toBe(true)
})

test("nothing that they name has reached a prototype of ours", () => {
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined()
  expect(({} as Record<string, unknown>)["admin"]).toBeUndefined()
  for (const { prototype, names, values } of own) {
    expect(Reflect.ownKeys(prototype)).toEqual(names)
    expect(valuesOf(prototype).every((value, at) => Object.is(value, values[at]))).toBe(true)
  }
})

function seen({ format: _format, value: _value, ...state }: JsonObject): JsonObject {
  return state
}

function valuesOf(prototype: object): unknown[] {
  const found = Reflect.ownKeys(prototype).map((name) => Reflect.getOwnPropertyDescriptor(prototype, name))
  return found.flatMap((property) => [property?.value, property?.get, property?.set])
}
