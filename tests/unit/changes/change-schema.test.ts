import { expect, expectTypeOf, test } from "vitest"
import type { z } from "zod"
import {
  canonicalize,
  parseStrictJson,
  type JsonValue,
  type ChangePart as GuardPart,
  type ObservedState as GuardObserved,
} from "@deltaseal/guard/change"
import type { DiffView as DiffViewType } from "@/lib/changes/change"
import { ChangePart, ObservedState, ProposedParts, type DiffView } from "@/lib/changes/change.schema"

const part = {
  kind: "file",
  target: { workspace: "main", path: "a" },
  before: { text: "nul \0 is legal" },
  after: { base64: "AA==", mode: "100755" },
}

test("gives what the guard's canonical form takes", () => {
  expectTypeOf<z.output<typeof ChangePart>>().toExtend<GuardPart>()
  expectTypeOf<z.output<typeof ObservedState>>().toExtend<GuardObserved>()
  expectTypeOf<z.output<typeof DiffView>>().toExtend<DiffViewType>()
})

test("passes a part through unchanged, also from the strict parser", () => {
  expect(ChangePart.parse(part)).toEqual(part)
  expect(ProposedParts.parse(parseStrictJson(Buffer.from(JSON.stringify({ parts: [part] }))))).toEqual({
    parts: [part],
  })
})

const record = {
  kind: "record",
  target: { system: "crm", type: "contact", id: "c_123" },
  version: "7",
  before: { owner: "ana" },
  after: null,
}
const { after: _after, ...unsettled } = record

test.each([
  ["after", record],
  ["a patch", { ...unsettled, patch: [{ op: "remove", path: "/owner" }] }],
])("passes a record with %s through unchanged, what __proto__ names included", (_, value) => {
  const text = JSON.stringify(value).replace('"ana"', '{"__proto__":{"constructor":1}}')
  const parsed = parseStrictJson(Buffer.from(text))

  expect(canonicalize(ChangePart.parse(parsed) as unknown as JsonValue)).toBe(canonicalize(parsed))
})

test.each([
  ["a record that is a list", { ...record, after: [] }],
  ["a record that is text", { ...record, before: "x" }],
  ["a version that is a number", { ...record, version: 7 }],
  ["a patch that is no list", { ...unsettled, patch: {} }],
  ["an operation that is no object", { ...unsettled, patch: ["remove"] }],
  ["a target of a file", { ...record, target: part.target }],
  ["an unknown member of a record", { ...record, mode: "100644" }],
  ["an unknown member", { ...part, note: "x" }],
  ["an unknown member of the target", { ...part, target: { ...part.target, __proto__x: "x" } }],
  ["text and base64 at once", { ...part, after: { text: "", base64: "" } }],
  ["neither text nor base64", { ...part, after: {} }],
  ["a mode git does not have", { ...part, after: { text: "", mode: "100777" } }],
  ["a side that is missing rather than null", { kind: "file", target: part.target, after: null }],
  ["a kind we do not have", { ...part, kind: "folder" }],
])("refuses %s", (_, value) => {
  expect(ChangePart.safeParse(value).success).toBe(false)
})

test.each([
  ["absent", { state: "absent" }, true],
  ["present", { state: "present", digest: "a".repeat(64), bytes: 0, mode: "100644" }, true],
  ["absent with a digest", { state: "absent", digest: "a".repeat(64) }, false],
  ["a digest in capitals", { state: "present", digest: "A".repeat(64), bytes: 0 }, false],
  ["a part of a byte", { state: "present", digest: "a".repeat(64), bytes: 0.5 }, false],
  [
    "a parsed value, which nobody can observe",
    { state: "present", digest: "a".repeat(64), bytes: 0, value: "" },
    false,
  ],
])("reads an observed state: %s", (_, value, isValid) => {
  expect(ObservedState.safeParse(value).success).toBe(isValid)
})
