import fc from "fast-check"
import fastJsonPatch from "fast-json-patch"
import { describe, expect, test, vi } from "vitest"
import {
  applyPatch,
  canonicalize,
  parseStrictJson,
  patchWorkMax,
  recordBytes,
  type JsonObject,
  type JsonValue,
  type PatchOperation,
} from "@deltaseal/guard/change"

// Hundreds of generated documents, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 })

const strict = (text: string) => parseStrictJson(Buffer.from(text, "utf8"))

test("does what a second library does with the patches that library makes", () => {
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
    tree: fc.oneof(
      { depthSize: "small" },
      tie("leaf"),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(name, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }))
  const object = fc.dictionary(name, tree as fc.Arbitrary<JsonValue>, { maxKeys: 6, noNullPrototype: true })

  fc.assert(
    fc.property(object, object, (before, after) => {
      const patch = fastJsonPatch.compare(before, after) as PatchOperation[]
      expect(canonicalize(applyPatch(before, patch))).toBe(canonicalize(after))
    }),
  )
})

// That library refuses `__proto__`; what we do with it is tested below.
const name = fc
  .oneof(fc.string({ maxLength: 3 }), fc.constantFrom("a/b", "~", "~1", "0", "-", ""))
  .filter((text) => !["__proto__", "constructor", "prototype"].includes(text))

describe("names that mean something in JavaScript are data", () => {
  test.each([
    ['{"a":1}', '[{"op":"add","path":"/__proto__","value":{"polluted":true}}]'],
    ['{"__proto__":{}}', '[{"op":"add","path":"/__proto__/polluted","value":true}]'],
    [
      '{"constructor":{"prototype":{}}}',
      '[{"op":"add","path":"/constructor/prototype/polluted","value":true}]',
    ],
    ['{"a":{"polluted":true}}', '[{"op":"move","from":"/a","path":"/__proto__"}]'],
  ])("in %s", (before, patch) => {
    const after = applyPatch(strict(before), strict(patch) as unknown as PatchOperation[])

    expect(canonicalize(after)).toContain('"polluted":true')
    expect("polluted" in {}).toBe(false)
    expect(canonicalize(strict(canonicalize(after)))).toBe(canonicalize(after))
  })

  test("and are not there when the document does not have them", () => {
    for (const path of ["/constructor", "/toString/name", "/a/length", "/a/0/__proto__"]) {
      expect(() => applyPatch({ a: ["x"] }, [{ op: "remove", path }])).toThrow(
        expect.objectContaining({ code: "invalid_patch", path: "/0" }),
      )
    }
  })
})

test("leaves what it was given alone, whether the patch applies or not", () => {
  const before: JsonObject = { list: [{ a: 1 }], gone: true }
  const value = { deep: [1] }
  const patch: PatchOperation[] = [
    { op: "add", path: "/list/-", value },
    { op: "add", path: "/list/1/deep/-", value: 2 },
    { op: "remove", path: "/gone" },
  ]

  expect(canonicalize(applyPatch(before, patch))).toBe('{"list":[{"a":1},{"deep":[1,2]}]}')
  expect(() => applyPatch(before, [...patch, { op: "remove", path: "/gone" }])).toThrow(
    expect.objectContaining({ code: "invalid_patch", path: "/3" }),
  )
  expect(before).toEqual({ list: [{ a: 1 }], gone: true })
  expect(value).toEqual({ deep: [1] })
})

test.each([
  ["a pointer without its slash", { op: "remove", path: "a" }],
  ["a pointer with a bare tilde", { op: "remove", path: "/~" }],
  ["an index with a leading zero", { op: "remove", path: "/list/01" }],
  ["an index past the end", { op: "add", path: "/list/3", value: 1 }],
  ["the place after the last, which only add may name", { op: "replace", path: "/list/-", value: 1 }],
  ["a name of a list", { op: "add", path: "/list/a", value: 1 }],
  ["a way through a plain value", { op: "add", path: "/plain/a", value: 1 }],
  ["a member that is not there", { op: "replace", path: "/none", value: 1 }],
  ["a move into itself", { op: "move", from: "/list", path: "/list/0" }],
  ["an add without a value", { op: "add", path: "/a" }],
  ["a copy without a from", { op: "copy", path: "/a" }],
  ["an op of another name", { op: "Add", path: "/a", value: 1 }],
  ["what is no operation", "remove /a"],
])("refuses %s, by its place in the patch", (_, operation) => {
  const document = { list: [1, 2], plain: "text" }

  const patch = [{ op: "test", path: "/plain", value: "text" }, operation] as PatchOperation[]

  expect(() => applyPatch(document, patch)).toThrow(
    expect.objectContaining({ name: "ChangeError", code: "invalid_patch", path: "/1" }),
  )
})

test("a test holds by value: order of members and spelling of numbers do not matter", () => {
  const document = { a: { x: 1, y: [0] } }
  const patch: PatchOperation[] = [{ op: "test", path: "/a", value: { y: [-0], x: 1.0 } }]

  expect(applyPatch(document, patch)).toEqual(document)
})

test.each([
  ["copies that double what is there", copies(40)],
  ["tests of the whole again and again", tests(40)],
])("a small patch cannot make large work: %s", (_, patch) => {
  const document = { text: "x".repeat(patchWorkMax / 20) }

  expect(() => applyPatch(document, patch)).toThrow(expect.objectContaining({ code: "content_too_large" }))
  expect(applyPatch(document, patch.slice(0, 2))).toBeDefined()
})

test.each([
  ["65 levels", nested(65), "invalid_content"],
  ["a name over 1 KiB", { ["n".repeat(1025)]: 1 }, "invalid_content"],
  ["a noncharacter", { a: "\uffff" }, "invalid_content"],
  ["more than 2 MiB", { a: "x".repeat(2 * 1024 * 1024) }, "content_too_large"],
  ["a date", { a: new Date(0) }, "not_canonicalizable"],
  ["a list", [], "invalid_content"],
] as const)("a record with %s is refused before anyone is asked", (_, value, code) => {
  expect(() => recordBytes(value as unknown as JsonObject)).toThrow(expect.objectContaining({ code }))
})

test("a record may go up to each limit", () => {
  expect(recordBytes(nested(64)).byteLength).toBeGreaterThan(0)
  expect(recordBytes({ a: "x".repeat(2 * 1024 * 1024 - '{"a":""}'.length) })).toHaveLength(2 * 1024 * 1024)
})

function copies(count: number): PatchOperation[] {
  return Array.from({ length: count }, (_, index) => ({ op: "copy", from: "", path: `/copy${index}` }))
}

function tests(count: number): PatchOperation[] {
  const value = { text: "x".repeat(patchWorkMax / 20) }
  return Array.from({ length: count }, () => ({ op: "test", path: "", value }))
}

function nested(levels: number): JsonObject {
  return levels === 1 ? {} : { a: nested(levels - 1) }
}
