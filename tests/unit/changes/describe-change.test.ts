import { expect, test } from "vitest"
import type { State } from "@deltaseal/guard/change"
import type { PartView } from "@/lib/changes/change"
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

function aPart(changes: Partial<PartView> = {}): PartView {
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
    ...changes,
  }
}
const created = (changes: Partial<PartView> = {}) =>
  aPart({ op: "create", before: absent, removed: 0, ...changes })
const deleted = (changes: Partial<PartView> = {}) =>
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
