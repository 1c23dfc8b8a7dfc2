import { afterAll, expect, test } from "vitest"
import { contentBytes, parseStrictJson, sha256Hex, type ProposedChange } from "@deltaseal/guard/change"
import { prepareChange } from "@/lib/changes/changes.service"
import { startDiffPool } from "@/lib/changes/diff-pool"
import { buildDiffWorker } from "./built-diff-worker"
import { unorderedLines } from "./changed-file"

const diffPool = startDiffPool({ workerFile: buildDiffWorker(), threads: 1 })
afterAll(() => diffPool.stop())

const target = { workspace: "main", path: "docs/a.txt" }

function aChange(changes: Partial<ProposedChange> = {}): ProposedChange {
  return {
    tenantId: "ten_01J00000000000000000000000",
    runId: "run_01J00000000000000000000000",
    tool: {
      server: "workspace",
      name: "write_file",
      version: "1.4.0",
      definition: "badb55ad8fc5467a939296d195359645834c48e6a9078c5a49a043c592fe4445",
    },
    input: { content: "alpha\ngamma\n", path: "docs/a.txt" },
    parts: [{ kind: "file", target, before: { text: "alpha\nbeta\n" }, after: { text: "alpha\ngamma\n" } }],
    ...changes,
  }
}

test("prepares the worked file vector: its hash, and everything people read", async () => {
  const prepared = await prepareChange(aChange(), { diffPool })

  expect(prepared.changeHash).toBe("ed55484a13ccb68ee26fbc8f0252b6c39eea729b4114ca8a45f1bb066534d700")
  expect(prepared).toMatchObject({
    sentence: "Updates docs/a.txt in workspace main",
    effects: ["updates 1 file, adds 1 line, removes 1 line"],
    flags: [],
    diff: { type: "unified", preview: expect.stringContaining("-beta\n+gamma\n") as string },
  })
})

test("keeps the canonical bytes that were hashed", async () => {
  const { envelope, envelopeBytes } = await prepareChange(aChange(), { diffPool })

  expect(JSON.parse(Buffer.from(envelopeBytes).toString("utf8"))).toEqual(envelope)
  expect(sha256Hex(Buffer.concat([Buffer.from("deltaseal/change/v1\0"), envelopeBytes]))).toBe(
    "ed55484a13ccb68ee26fbc8f0252b6c39eea729b4114ca8a45f1bb066534d700",
  )
})

test("keeps each part's exact bytes, U+0000 included", async () => {
  const after = { text: "a\0b\r\n" }
  const change = aChange({ parts: [{ kind: "file", target, before: null, after }] })

  const [part] = (await prepareChange(change, { diffPool })).parts

  expect(part?.beforeBytes).toBeNull()
  expect(part?.afterBytes).toEqual(contentBytes(after))
  expect(part?.flags).toEqual(["uninspectable"])
})

test("shows several parts one by one", async () => {
  const parts: ProposedChange["parts"] = [
    { kind: "file", target, before: null, after: { text: "x\n".repeat(9_000) } },
    { kind: "file", target: { ...target, path: "b" }, before: { text: "y\n" }, after: null },
  ]

  const prepared = await prepareChange(aChange({ parts }), { diffPool })

  expect(prepared.diff).toEqual({ type: "multi", parts: prepared.parts.map((part) => part.diff) })
  expect(prepared.parts.map(({ diff }) => diff.type)).toEqual(["unified", "unified"])
  expect(prepared.parts.map(({ op, added, removed }) => [op, added, removed])).toEqual([
    ["create", 9_000, 0],
    ["delete", 0, 1],
  ])
  expect(prepared.flags).toEqual(["large_change"])
})

test("lets no laborious part degrade the ordinary ones after it", async () => {
  const [before, after] = [unorderedLines(50_000, 500, 1), unorderedLines(50_000, 500, 2)]
  const parts: ProposedChange["parts"] = [
    { kind: "file", target, before: { text: before }, after: { text: after } },
    {
      kind: "file",
      target: { ...target, path: "b" },
      before: { text: "x\ny\nz\n" },
      after: { text: "y\nx\nz\n" },
    },
  ]

  const prepared = await prepareChange(aChange({ parts }), { diffPool })

  expect(prepared.parts.map((part) => part.flags.includes("diff_degraded"))).toEqual([true, false])
})

test("takes parts as the strict parser gives them, without a prototype", async () => {
  const { parts } = parseStrictJson(
    Buffer.from(JSON.stringify({ parts: aChange().parts })),
  ) as unknown as ProposedChange

  expect((await prepareChange(aChange({ parts }), { diffPool })).parts).toHaveLength(1)
})

const recordTarget = { system: "crm", type: "contact", id: "c_123" }
const lead = { lifecycleStage: "Lead", owner: "ana" }

test.each([
  ["as before and after", { before: lead, after: { ...lead, lifecycleStage: "MQL" } }],
  ["as a patch", { before: lead, patch: [{ op: "replace", path: "/lifecycleStage", value: "MQL" }] }],
] as const)("prepares the worked record vector, given %s", async (_, sides) => {
  const tool = { ...aChange().tool, server: "crm", name: "crm.apply_patch", version: "2026-02-01" }
  const input = {
    contactId: "c_123",
    patch: [{ op: "replace", path: "/lifecycleStage", value: "MQL" }],
    tenantId: aChange().tenantId,
  }
  const parts = [{ kind: "record", target: recordTarget, ...sides }] as ProposedChange["parts"]

  const prepared = await prepareChange(aChange({ tool, input, parts }), { diffPool })

  expect(prepared).toMatchObject({
    changeHash: "415c0b97e6620e5a2926f23de69a8e75a447c21c85296e8b028c2d7f46e2d345",
    sentence: "Updates 1 contact in crm: lifecycleStage",
    effects: ["touches /lifecycleStage on 1 contact"],
    flags: [],
    diff: {
      type: "json_patch",
      preview: [{ op: "replace", path: "/lifecycleStage", from: "Lead", to: "MQL" }],
    },
  })
  const [part] = prepared.parts
  expect(Buffer.from(part?.beforeBytes ?? []).toString()).toBe('{"lifecycleStage":"Lead","owner":"ana"}')
  expect(Buffer.from(part?.afterBytes ?? []).toString()).toBe('{"lifecycleStage":"MQL","owner":"ana"}')
})

test("prepares a file and a record in one change, each in its own way", async () => {
  const parts = [
    { kind: "file", target, before: null, after: { text: "x\n" } },
    { kind: "record", target: recordTarget, before: lead, after: null, version: "7" },
  ] as ProposedChange["parts"]

  const prepared = await prepareChange(aChange({ parts }), { diffPool })

  expect(prepared.diff).toMatchObject({
    type: "multi",
    parts: [{ type: "unified" }, { type: "json_patch", preview: [{ op: "remove", path: "", from: lead }] }],
  })
  expect(prepared.parts[1]).toMatchObject({ op: "delete", before: { version: "7" }, added: 0, removed: 1 })
  expect(prepared.sentence).toBe("Creates docs/a.txt in workspace main; deletes 1 contact in crm")
})

test("counts what hides in a record's id too", async () => {
  const parts = [
    { kind: "record", target: { ...recordTarget, id: "c\u31641" }, before: null, after: {} },
  ] as ProposedChange["parts"]

  expect(await prepareChange(aChange({ parts }), { diffPool })).toMatchObject({
    flags: ["hidden_characters"],
  })
})

const filePart = { kind: "file", target, before: null, after: { text: "x" } } as const

test.each([
  [
    "a path outside the workspace",
    [{ ...filePart, target: { workspace: "main", path: "../a" } }],
    "invalid_path",
  ],
  ["a workspace that is no name", [{ ...filePart, target: { workspace: "a b", path: "a" } }], "invalid_name"],
  ["the same target twice", [filePart, filePart], "duplicate_target"],
  ["before equal to after", [{ ...filePart, before: { text: "x" } }], "no_change"],
  ["base64 in another spelling", [{ ...filePart, after: { base64: "eA" } }], "invalid_content"],
  [
    "more than 2 MiB",
    [{ ...filePart, after: { text: "x".repeat(2 * 1024 * 1024 + 1) } }],
    "content_too_large",
  ],
  [
    "101 parts",
    Array.from({ length: 101 }, (_, at) => ({ ...filePart, target: { workspace: "main", path: `${at}` } })),
    "too_many_parts",
  ],
])("refuses %s with a code of its own", async (_, parts, code) => {
  await expect(prepareChange(aChange({ parts }), { diffPool })).rejects.toMatchObject({
    name: "AppError",
    code,
    reasons: [{ code }],
  })
})

test("takes exactly 100 parts of which one has exactly 2 MiB", async () => {
  const parts = Array.from({ length: 100 }, (_, at) => ({
    ...filePart,
    target: { workspace: "main", path: `${at}` },
    after: { text: at === 0 ? "x".repeat(2 * 1024 * 1024) : "x" },
  }))

  expect((await prepareChange(aChange({ parts }), { diffPool })).parts).toHaveLength(100)
})
