import { afterAll, expect, test } from "vitest"
import { contentBytes, parseStrictJson, sha256Hex, type ProposedChange } from "@deltaseal/guard/change"
import { prepareChange } from "@/lib/changes/changes.service"
import { startDiffPool } from "@/lib/changes/diff-pool"
import { buildDiffWorker } from "./built-diff-worker"

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

test("shows several parts one by one and digests all of their text", async () => {
  const parts: ProposedChange["parts"] = [
    { kind: "file", target, before: null, after: { text: "x\n".repeat(9_000) } },
    { kind: "file", target: { ...target, path: "b" }, before: { text: "y\n" }, after: null },
  ]

  const prepared = await prepareChange(aChange({ parts }), { diffPool })

  const previews = prepared.parts.map((part) => part.diffText)
  expect(prepared.diff).toEqual({
    type: "multi",
    parts: previews.map((preview) => ({ type: "unified", preview })),
  })
  expect(prepared.diffDigest).toBe(sha256Hex(previews.join("")))
  expect(prepared.parts.map(({ op, added, removed }) => [op, added, removed])).toEqual([
    ["create", 9_000, 0],
    ["delete", 0, 1],
  ])
  expect(prepared.flags).toEqual(["large_change"])
})

test("lets no laborious part degrade the ordinary ones after it", async () => {
  const lines = Array.from({ length: 30_011 }, (_, at) => at)
  const shuffled = lines.map((at) => (at * 7_919) % lines.length)
  const parts: ProposedChange["parts"] = [
    { kind: "file", target, before: { text: lines.join("\n") }, after: { text: shuffled.join("\n") } },
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
