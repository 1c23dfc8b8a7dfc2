import { afterAll, expect, test } from "vitest"
import type { JsonValue, ProposedChange } from "@deltaseal/guard/change"
import { prepareChange } from "@/lib/changes/changes.service"
import { startDiffPool } from "@/lib/changes/diff-pool"
import { changeFacts } from "@/lib/policies/change-facts"
import { noChange } from "@/lib/policies/policy-facts"
import { hostsIn } from "@/lib/policies/url-hosts"
import { buildDiffWorker } from "../changes/built-diff-worker"

const diffPool = startDiffPool({ workerFile: buildDiffWorker(), threads: 1 })
afterAll(() => diffPool.stop())

async function factsOf(
  parts: readonly unknown[],
  input: JsonValue = {},
  known: readonly string[] | null = null,
) {
  const tool = { server: "crm", name: "apply", version: "1", definition: "0".repeat(64) }
  const change = { tenantId: "ten_1", runId: "run_1", tool, input, parts } as unknown as ProposedChange
  const prepared = await prepareChange(change, {
    diffPool,
    configFeatures: new Set(["anchors"]),
    ...(known && { knownRecipients: () => Promise.resolve(new Set(known)) }),
  })
  return changeFacts(prepared, input)
}

const file = (path: string, before: string | null, after: string | null, from?: string) => ({
  kind: "file",
  target: { workspace: "main", path, ...(from && { from }) },
  before: before === null ? null : { text: before },
  after: after === null ? null : { text: after },
})
const record = (id: string, before: unknown, after: unknown) => ({
  kind: "record",
  target: { system: "crm", type: "contact", id },
  before,
  after,
})
const message = (...addresses: string[]) => ({
  kind: "message",
  target: { channel: "email" },
  after: {
    from: "ana@acme.example",
    replyTo: null,
    recipients: addresses.map((address) => ({ role: "to", address })),
    subject: null,
    body: "See https://evil.example/x",
    attachments: [],
  },
})
const command = {
  kind: "command",
  target: { runner: "ci" },
  after: { argv: ["git", "push"], cwd: "/", env: [], stdinDigest: null, image: null },
}
const config = {
  kind: "config",
  target: { system: "app", name: "prod.yaml" },
  format: "yaml",
  before: { text: "port: 80\n" },
  after: { text: "port: &p 81\n" },
}

test("counts what files do, with both paths of a move", async () => {
  const facts = await factsOf([
    file("new.md", null, "a\n"),
    file("old.md", "a\nb\n", null),
    file("there.md", "a\n", "b\n"),
    file("to.md", "x\n", "x\n", "from.md"),
  ])

  expect(facts).toEqual({
    ...noChange,
    kinds: ["file"],
    ops: ["create", "delete", "update", "move"],
    targets: ["new.md in main", "old.md in main", "there.md in main", "to.md in main"],
    paths: ["new.md", "old.md", "there.md", "from.md", "to.md"],
    parts: 4,
    files: 4,
    creates: 1,
    deletes: 1,
    updates: 1,
    moves: 1,
    added: 2,
    removed: 3,
    bytes: 6,
    flags: facts.flags,
  })
})

test("names the fields of records, and the numbers that change however deep", async () => {
  const facts = await factsOf([
    record("c1", { stage: "a", price: 10, same: 1, gone: 5 }, { stage: "b", price: 12.5, same: 1 }),
    record("c2", null, { total: { net: 3 }, site: "HTTPS://Shop.example:8443/a" }),
  ])

  expect(facts).toMatchObject({
    kinds: ["record"],
    records: 2,
    targets: ["contact c1 in crm", "contact c2 in crm"],
    fields: ["/gone", "/price", "/stage", ""],
    amounts: [
      { path: "/gone", before: 5, after: null },
      { path: "/price", before: 10, after: 12.5 },
      { path: "/total/net", before: null, after: 3 },
    ],
    hosts: ["shop.example:8443"],
    paths: [],
  })
})

test("reads configs by what they mean, and what readers disagree on", async () => {
  expect(await factsOf([config])).toMatchObject({
    configs: 1,
    targets: ["prod.yaml in app"],
    fields: ["/port"],
    amounts: [{ path: "/port", before: 80, after: 81 }],
    configFeatures: ["anchors"],
    flags: expect.arrayContaining(["ambiguous_config"]) as string[],
  })
})

test("knows recipients once each, by their normal address, and whom nothing was sent to before", async () => {
  const parts = [
    message("Bo <Bo@Acme.example>", "eve@other.example"),
    { ...message("bo@acme.example"), target: { channel: "sms" } },
  ]

  expect(await factsOf(parts, {}, ["bo@acme.example"])).toMatchObject({
    messages: 2,
    recipients: ["bo@acme.example", "eve@other.example"],
    recipientDomains: ["acme.example", "other.example"],
    firstContacts: ["eve@other.example"],
    recipientsMax: 2,
    hosts: [],
  })
})

test("takes everybody for somebody new where the history is not known", async () => {
  expect(await factsOf([message("bo@acme.example")])).toMatchObject({ firstContacts: ["bo@acme.example"] })
})

test("counts commands and calls", async () => {
  const facts = await factsOf([command, { kind: "call", target: { server: "crm", name: "apply" } }], { a: 1 })

  expect(facts).toMatchObject({
    commands: 1,
    parts: 2,
    kinds: ["command", "call"],
    targets: ["ci", "crm/apply"],
  })
})

test.each([
  ["a URL", ["https://api.acme.example/v1?x=1"], ["api.acme.example"]],
  [
    "one with a port, in capitals, with a user",
    ["HTTP://u:p@API.Acme.example:8080/"],
    ["api.acme.example:8080"],
  ],
  ["one deep in a value", [{ a: [{ url: "wss://live.example" }] }], ["live.example"]],
  ["one without a scheme", ["//cdn.example/x"], ["cdn.example"]],
  ["one with the slashes that clients forgive", ["https:\\\\evil.example\\x"], ["evil.example"]],
  ["one with spaces around it", ["  https://a.example  "], ["a.example"]],
  ["what looks like one and is none", ["https://["], [""]],
  ["text that mentions one", ["see https://a.example"], []],
  ["paths and words", ["docs/a.md", "a:b", "C:", 3, null], []],
])("finds the hosts of %s", (_, values, hosts) => {
  expect(hostsIn(values)).toEqual(hosts)
})
