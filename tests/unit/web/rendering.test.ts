import fc from "fast-check"
import { describe, expect, test, vi } from "vitest"
import { diffParts } from "@/components/approvals/diff-parts"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { sha256Hex, type JsonObject, type JsonValue } from "@deltaseal/guard/change"
import type { PartDiff } from "@/lib/changes/change"
import { diffFile } from "@/lib/changes/file-diff"
import { diffRecord, diffValues } from "@/lib/changes/record-diff"
import { readable, renderedChange } from "./rendered-change"

// Thousands of pages, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

type State = ApprovalView["parts"][number]["before"]
type Made = Readonly<{ diff: PartDiff; before: State; after: State; op?: "create" | "update" | "delete" }>

/** Few characters, and among them all that hide, join, reorder, quote, or look like something of ours. */
const character = fc.constantFrom(
  ...Array.from("ab \t\n\r\\\"':,|+-→⟦⟧"),
  ...["\u200b", "\u202e", "\u0301", "é", "\u00a0", "\u{e0041}", "👩‍🚀", "U+200B ZERO WIDTH SPACE", "empty"],
)
const text = fc.string({ unit: character, maxLength: 6 })
const line = text.map((value) => value.replace(/[\r\n]/g, ""))
const value = fc
  .jsonValue({ maxDepth: 2, noUnicodeString: true })
  .chain((json) =>
    fc.oneof(fc.constant(json as JsonValue), text, fc.record({ a: text }), fc.array(text, { maxLength: 3 })),
  )
const record = fc.dictionary(line, value, { maxKeys: 3 }) as fc.Arbitrary<JsonObject>
const digest = fc.constantFrom("0", "1").map((digit) => digit.repeat(64))
const absent: State = { state: "absent" }

const file: fc.Arbitrary<Made> = fc
  .tuple(fc.option(content()), fc.option(content()))
  .filter(([before, after]) => before !== null || after !== null)
  .map(([before, after]) => {
    const { text: preview } = diffFile({ path: "a", before, after, workMax: 1e6 })
    const op = opOf(before, after)
    return { diff: { type: "unified", preview }, before: stateOf(before), after: stateOf(after), op }
  })

const records = fc
  .tuple(fc.option(record), fc.option(record))
  .filter(([before, after]) => before !== null || after !== null)
  .map(([before, after]): Made => {
    const { preview } = diffRecord(before, after)
    return { diff: { type: "json_patch", preview }, before: absent, after: absent, op: opOf(before, after) }
  })

const config = fc.tuple(value, value, text, text).map(([from, to, before, after]): Made => {
  const { preview } = diffValues(from, to)
  const raw = diffFile({ path: "a", before: sideOf(before), after: sideOf(after), workMax: 1e6 }).text
  return { diff: { type: "normalized_json", preview, raw }, before: absent, after: absent }
})

const message = fc
  .record({
    from: line,
    replyTo: fc.option(line),
    recipients: fc.array(
      fc.record({
        role: fc.constantFrom("to", "cc", "bcc"),
        address: line,
        domain: fc.option(fc.constantFrom("a.example", "b.example")),
        isFirst: fc.constantFrom(true, false),
        imitates: fc.option(fc.constantFrom("c.example", "d.example")),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    subject: fc.option(line),
    body: text,
    attachments: fc.array(fc.record({ name: line, bytes: fc.nat(2), digest }), { maxLength: 2 }),
  })
  .map((preview): Made => ({ diff: { type: "message", preview }, before: absent, after: absent }))

const command = fc
  .record({
    argv: fc.array(text, { minLength: 1, maxLength: 3 }),
    cwd: text,
    env: fc.array(fc.record({ name: line, digest }), { maxLength: 2 }),
    stdinDigest: fc.option(digest),
    image: fc.option(text),
  })
  .map((preview): Made => ({ diff: { type: "command", preview }, before: absent, after: absent }))

const call = value.map((preview): Made => ({
  diff: { type: "call", preview },
  before: absent,
  after: absent,
}))

describe("two different changes never give the same text to read", () => {
  test("a record that comes whole, and one that gets its only member", () => {
    const of = (before: JsonObject | null, op: "create" | "update") =>
      shownAs("record", {
        diff: { type: "json_patch", preview: diffRecord(before, { "": [] }).preview },
        before: absent,
        after: absent,
        op,
      })
    expect(of(null, "create")).not.toBe(of({}, "update"))
  })

  test.each<[string, fc.Arbitrary<Made>]>([
    ["file", file],
    ["record", records],
    ["config", config],
    ["message", message],
    ["command", command],
    ["call", call],
  ])("%s", (kind, made) => {
    const seen = new Map<string, string>()
    fc.assert(
      fc.property(made, (change) => {
        const what = JSON.stringify(change)
        const shown = shownAs(kind, change)
        expect(seen.get(shown) ?? what).toBe(what)
        seen.set(shown, what)
      }),
      { numRuns: 300 },
    )
  })
})

function shownAs(kind: string, { diff, before, after, op = "update" }: Made): string {
  const part = { kind, op, target: { name: "a" }, before, after, added: 0, removed: 0 }
  const parts = diffParts({
    diff: diff as ApprovalView["diff"],
    parts: [{ ...part, hiddenCharacters: 0, flags: [] }],
  })
  // As it is once somebody opened the folds, without which nobody can approve.
  const opened = parts.map((each) => {
    const blocks = each.blocks?.map((block) => ("patch" in block ? { ...block, isOpen: true } : block))
    return blocks === undefined ? each : { ...each, blocks }
  })
  return readable(renderedChange(opened))
}

function opOf(before: object | null, after: object | null): "create" | "update" | "delete" {
  if (before === null) return "create"
  return after === null ? "delete" : "update"
}

function content() {
  const bytes = fc.oneof(
    text.map((value) => new TextEncoder().encode(value)),
    fc.uint8Array({ minLength: 1, maxLength: 3 }),
  )
  return fc.record({ bytes, mode: fc.constantFrom("100644" as const, "100755" as const) }).map((side) => ({
    ...side,
    digest: sha256Hex(side.bytes),
  }))
}

function sideOf(value: string) {
  return { bytes: new TextEncoder().encode(value), digest: value, mode: "100644" as const }
}

function stateOf(
  side: Readonly<{ bytes: Uint8Array; digest: string; mode: "100644" | "100755" }> | null,
): State {
  if (side === null) return absent
  return { state: "present", bytes: side.bytes.byteLength, digest: side.digest, mode: side.mode }
}
