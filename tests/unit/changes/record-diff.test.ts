import fc from "fast-check"
import fastJsonPatch, { type Operation } from "fast-json-patch"
import { describe, expect, test, vi } from "vitest"
import {
  applyPatch,
  canonicalize,
  parseStrictJson,
  type JsonObject,
  type JsonValue,
  type PatchOperation,
} from "@deltaseal/guard/change"
import { fieldRows } from "@/lib/changes/field-rows"
import type { FieldChange } from "@/lib/changes/field-change"
import { diffRecord, fieldChangesMax, pathUnitsMax } from "@/lib/changes/record-diff"

// Hundreds of generated records, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 })

const strict = (text: string) => parseStrictJson(Buffer.from(text, "utf8")) as JsonObject
const changes = (before: JsonObject | null, after: JsonObject | null) => diffRecord(before, after).preview

test("shows the worked change of the specification exactly as it stands there", () => {
  expect(changes({ lifecycleStage: "Lead", owner: "ana" }, { lifecycleStage: "MQL", owner: "ana" })).toEqual([
    { op: "replace", path: "/lifecycleStage", from: "Lead", to: "MQL" },
  ])
})

test.each<[string, JsonObject | null, JsonObject | null, FieldChange[]]>([
  ["a record that comes", null, { a: 1 }, [{ op: "add", path: "", to: { a: 1 } }]],
  ["a record that goes", { a: 1 }, null, [{ op: "remove", path: "", from: { a: 1 } }]],
  ["null that comes", {}, { a: null }, [{ op: "add", path: "/a", to: null }]],
  ["null that goes", { a: null }, {}, [{ op: "remove", path: "/a", from: null }]],
  ["null that takes a place", { a: 1 }, { a: null }, [{ op: "replace", path: "/a", from: 1, to: null }]],
  ["another type", { a: [] }, { a: {} }, [{ op: "replace", path: "/a", from: [], to: {} }]],
  ["a name that a pointer escapes", { "a/~": 1 }, { "a/~": 2 }, [replaced("/a~1~0", 1, 2)]],
  [
    "only what is deep inside",
    { a: { b: [{ c: 1, d: 2 }] } },
    { a: { b: [{ c: 1, d: 3 }] } },
    [replaced("/a/b/0/d", 2, 3)],
  ],
  ["an item that comes in front", { a: [1, 2] }, { a: [0, 1, 2] }, [{ op: "add", path: "/a/0", to: 0 }]],
  [
    "an item that goes from the middle",
    { a: [1, 2, 3] },
    { a: [1, 3] },
    [{ op: "remove", path: "/a/1", from: 2 }],
  ],
  [
    "items that go, from the end so that no index moves",
    { a: [1, 2, 3, 4] },
    { a: [9, 4] },
    [
      replaced("/a/0", 1, 9),
      { op: "remove", path: "/a/2", from: 3 },
      { op: "remove", path: "/a/1", from: 2 },
    ],
  ],
  [
    "members in canonical order",
    { b: 1, a: 1 },
    { a: 2, b: 2 },
    [replaced("/a", 1, 2), replaced("/b", 1, 2)],
  ],
])("shows %s", (_, before, after, preview) => {
  expect(changes(before, after)).toEqual(preview)
})

describe("for any two records", () => {
  const plainName = fc.oneof(fc.string({ maxLength: 2 }), fc.constantFrom("a/b", "~1", "0", "", "length"))
  const anyName = fc.oneof(plainName, fc.constantFrom("__proto__", "constructor", "prototype", "toString"))
  const banned = ["__proto__", "constructor", "prototype"]

  test("the patch leads from one to the other", () => {
    fc.assert(
      fc.property(record(anyName), record(anyName), (before, after) => {
        const patch = changes(before, after).map(operation)
        expect(canonicalize(applyPatch(before, patch))).toBe(canonicalize(after))
      }),
      { numRuns: 500 },
    )
  })

  test("a second library agrees, where it takes the names", () => {
    const name = plainName.filter((text) => !banned.includes(text))
    fc.assert(
      fc.property(record(name), record(name), (before, after) => {
        const patch = changes(before, after).map(operation) as Operation[]
        const copy = JSON.parse(canonicalize(before)) as JsonObject
        expect(canonicalize(fastJsonPatch.applyPatch(copy, patch, true).newDocument)).toBe(
          canonicalize(after),
        )
      }),
      { numRuns: 500 },
    )
  })

  test("it says nothing of records that are the same, and the same of the same records", () => {
    fc.assert(
      fc.property(record(anyName), record(anyName), (before, after) => {
        expect(changes(before, strict(canonicalize(before)))).toEqual([])
        expect(canonicalize(changes(before, after) as unknown as JsonValue)).toBe(
          canonicalize(
            changes(strict(canonicalize(before)), strict(canonicalize(after))) as unknown as JsonValue,
          ),
        )
      }),
    )
  })
})

test("names that mean something in JavaScript are data", () => {
  const after = strict('{"__proto__":{"admin":true},"constructor":1}')

  expect(fieldRows(changes(strict('{"__proto__":{"admin":false}}'), after))).toEqual([
    { op: "replace", path: "/__proto__/admin", from: "false", to: "true" },
    { op: "add", path: "/constructor", from: null, to: "1" },
  ])
})

test.each([
  ["more fields than a page can take", "degraded", fieldsOf(fieldChangesMax + 1, "a")],
  ["exactly as many as it can", "listed", fieldsOf(fieldChangesMax, "a")],
  ["paths longer than a page can take", "degraded", fieldsOf(1_100, "n".repeat(pathUnitsMax / 1_024 - 5))],
])("%s: %s", (_, expected, after) => {
  const { preview, flags } = diffRecord({}, after)

  expect(flags.includes("diff_degraded")).toBe(expected === "degraded")
  expect(preview).toHaveLength(expected === "degraded" ? 1 : fieldChangesMax)
  expect(canonicalize(applyPatch({}, preview.map(operation)))).toBe(canonicalize(after))
})

test.each([
  ["in a value", { note: "4\u200b9" }, 1],
  ["in a name", { "no\u202ete": 1 }, 1],
  ["deep inside, in name and value", { a: [{ "\u200b": "\u200b" }] }, 2],
  ["as a control character, which the canonical form would write as an escape", { a: "\u0007" }, 1],
])("counts what hides %s", (_, after, hiddenCharacters) => {
  expect(diffRecord({}, after)).toMatchObject({ hiddenCharacters, flags: ["hidden_characters"] })
})

test("gives a record that comes or goes a row for each member", () => {
  const rows = fieldRows(changes(null, { name: "Ana", tags: [] }))

  expect(rows).toEqual([
    { op: "add", path: "/name", from: null, to: '"Ana"' },
    { op: "add", path: "/tags", from: null, to: "[]" },
  ])
  expect(fieldRows(changes({}, null))).toEqual([{ op: "remove", path: "", from: "{}", to: null }])
})

function replaced(path: string, from: JsonValue, to: JsonValue): FieldChange {
  return { op: "replace", path, from, to }
}

function operation(change: FieldChange): PatchOperation {
  return change.op === "remove"
    ? { op: "remove", path: change.path }
    : { op: change.op, path: change.path, value: change.to }
}

function fieldsOf(count: number, name: string): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}${at}`, at]))
}

function record(name: fc.Arbitrary<string>): fc.Arbitrary<JsonObject> {
  const { object } = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: 0, max: 3 }), fc.constant(null)),
    value: fc.oneof(
      { depthSize: "small" },
      tie("leaf"),
      fc.array(tie("value"), { maxLength: 5 }),
      tie("object"),
    ),
    object: fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map((members) => {
      const made = Object.create(null) as JsonObject
      for (const [key, value] of members) made[key] = value as JsonValue
      return made
    }),
  }))
  return object
}
