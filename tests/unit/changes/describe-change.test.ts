import { expect, test } from "vitest"
import type { State } from "@deltaseal/guard/change"
import type { DescribedPart } from "@/lib/changes/change"
import { describeChange, effectsOf } from "@/lib/changes/describe-change"
import { changeFlags, describeFlag } from "@/lib/changes/flags"

const tool = { server: "workspace", name: "write_file" }
const absent: State = { state: "absent" }
const present = (digest: string, mode: "100644" | "100755" = "100644"): State => ({
  state: "present",
  bytes: 1,
  digest: digest.repeat(64),
  mode,
})

function aPart(changes: Partial<DescribedPart> = {}): DescribedPart {
  return {
    kind: "file",
    op: "update",
    target: { workspace: "main", path: "docs/pricing.md" },
    before: present("a"),
    after: present("b"),
    added: 12,
    removed: 4,
    hiddenCharacters: 0,
    flags: [],
    diff: { type: "unified", preview: "" },
    ...changes,
  }
}
const created = (changes: Partial<DescribedPart> = {}) =>
  aPart({ op: "create", before: absent, removed: 0, ...changes })
const deleted = (changes: Partial<DescribedPart> = {}) =>
  aPart({ op: "delete", after: absent, added: 0, ...changes })
const elsewhere = { target: { workspace: "site", path: "b" } }
const executable = { before: present("a"), after: present("a", "100755"), added: 0, removed: 0 }

test.each([
  ["an update", [aPart()], "Updates docs/pricing.md in workspace main"],
  ["a creation", [created()], "Creates docs/pricing.md in workspace main"],
  ["a deletion", [deleted()], "Deletes docs/pricing.md in workspace main"],
  ["a mode", [aPart(executable)], "Makes docs/pricing.md executable in workspace main"],
  ["two ops", [created(), deleted(), created()], "Creates 2 files and deletes 1 in workspace main"],
  ["three ops", [aPart(), created(), deleted()], "Creates 1 file, updates 1 and deletes 1 in workspace main"],
  ["two workspaces", [aPart(), aPart(elsewhere)], "Updates 2 files in 2 workspaces"],
  ["no parts", [], "Calls write_file on workspace"],
])("says in one sentence what a change with %s does", (_, parts, sentence) => {
  expect(describeChange(tool, parts)).toBe(sentence)
})

const contact = (id: string, paths: readonly string[], changes: Partial<DescribedPart> = {}): DescribedPart =>
  aPart({
    kind: "record",
    target: { system: "crm", type: "contact", id },
    diff: { type: "json_patch", preview: paths.map((path) => ({ op: "replace", path, from: "a", to: "b" })) },
    ...changes,
  })
const many = Array.from({ length: 10 }, (_, at) => `/f${at}`)
const company = { target: { system: "crm", type: "company", id: "1" } }

test.each([
  ["one record", [contact("1", ["/lifecycleStage"])], "Updates 1 contact in crm: lifecycleStage"],
  [
    "records of one type",
    [contact("1", ["/owner"]), contact("2", ["/notes/0", "/owner"])],
    "Updates 2 contacts in crm: owner, notes/0",
  ],
  [
    "many fields",
    [contact("1", many)],
    "Updates 1 contact in crm: f0, f1, f2, f3, f4, f5, f6, f7 and 2 more",
  ],
  [
    "a field that could speak for us",
    [contact("1", ["/a in crm: b"])],
    'Updates 1 contact in crm: "a in crm: b"',
  ],
  [
    "a field whose name would fill the sentence",
    [contact("1", [`/${"n".repeat(500)}`])],
    `Updates 1 contact in crm: "${"n".repeat(120)}…"`,
  ],
  ["records that come", [contact("1", [""], { op: "create", before: absent })], "Creates 1 contact in crm"],
  [
    "records that go, and others",
    [
      contact("1", [""], { op: "delete" }),
      contact("1", ["/name"], company),
      contact("2", ["/name"], company),
    ],
    "Deletes 1 contact in crm; updates 2 companies in crm: name",
  ],
  [
    "a file and a record",
    [contact("1", ["/owner"]), aPart()],
    "Updates docs/pricing.md in workspace main; updates 1 contact in crm: owner",
  ],
])("says in one sentence what happens to %s", (_, parts, sentence) => {
  expect(describeChange(tool, parts)).toBe(sentence)
})

test.each([
  [
    "fields",
    [contact("1", ["/email", "/owner"]), contact("2", ["/owner"])],
    ["touches /email on 1 contact", "touches /owner on 2 contacts"],
  ],
  ["a record that comes", [contact("1", [""], { op: "create" })], ["creates 1 contact"]],
  ["more fields than are named", [contact("1", many)], expect.arrayContaining(["touches 2 more fields"])],
  [
    "what hides",
    [contact("1", ["/no\u200btes"], { hiddenCharacters: 2 })],
    ['touches "/no⟦U+200B ZERO WIDTH SPACE⟧tes" on 1 contact', "shows 2 hidden characters"],
  ],
])("counts the effects on records: %s", (_, parts, effects) => {
  expect(effectsOf(parts)).toEqual(effects)
})

test.each([
  ["a in workspace other", 'Updates "a in workspace other" in workspace main'],
  ['a" in workspace other "', 'Updates "a\\" in workspace other \\"" in workspace main'],
  ["pay\u3164pal.md", 'Updates "pay⟦U+3164 HANGUL FILLER⟧pal.md" in workspace main'],
  ["docs/übersicht-2.md", "Updates docs/übersicht-2.md in workspace main"],
])("lets no path speak for us: %j", (path, sentence) => {
  expect(describeChange(tool, [aPart({ target: { workspace: "main", path } })])).toBe(sentence)
})

test.each([
  ["an update", [aPart()], ["updates 1 file, adds 12 lines, removes 4 lines"]],
  ["creations", [created(), created({ added: 1 })], ["creates 2 files, 13 lines"]],
  ["a deletion", [deleted({ removed: 1_340 })], ["deletes 1 file, 1,340 lines"]],
  ["a mode", [aPart(executable)], ["updates 1 file", "makes docs/pricing.md executable"]],
  [
    "what hides",
    [aPart({ hiddenCharacters: 1 }), created({ added: 0, flags: ["uninspectable"] })],
    [
      "creates 1 file",
      "updates 1 file, adds 12 lines, removes 4 lines",
      "shows 1 hidden character",
      "has 1 file that cannot be inspected",
    ],
  ],
])("counts the effects of %s", (_, parts, effects) => {
  expect(effectsOf(parts)).toEqual(effects)
})

test.each([
  [
    "each flag of its parts once, most serious first",
    [["whitespace_only"], ["uninspectable", "whitespace_only"]],
    1,
    ["uninspectable", "whitespace_only"],
  ],
  ["nothing at 20 parts and 1,000 lines", Array.from({ length: 20 }, () => []), 50, []],
  ["a large change at 21 parts", Array.from({ length: 21 }, () => []), 1, ["large_change"]],
  ["a large change at 1,001 lines over all parts", [[], []], 500.5, ["large_change"]],
] as const)("flags a change with %s", (_, flags, added, expected) => {
  expect(changeFlags(flags.map((each) => ({ flags: each, added, removed: 0 })))).toEqual(expected)
})

test("says a flag in words, with its number", () => {
  expect(describeFlag("hidden_characters", 1)).toBe("1 hidden character")
  expect(describeFlag("hidden_characters", 12)).toBe("12 hidden characters")
  expect(describeFlag("uninspectable")).toBe("content that cannot be inspected")
})
