import { parseStrictJson, type JsonValue } from "@deltaseal/guard/change"
import { describe, expect, test } from "vitest"
import { compileInputSchema } from "@/lib/tools/input-schema"

const isValid = (schema: JsonValue, input: JsonValue) => compileInputSchema(schema).check(input).length === 0
const pathsOf = (schema: JsonValue, input: JsonValue) =>
  compileInputSchema(schema)
    .check(input)
    .map(({ path }) => path)

describe("JSON Schema 2020-12 is enforced:", () => {
  test.each<[string, JsonValue, JsonValue, JsonValue]>([
    ["type", { type: "integer" }, 1, 1.5],
    ["enum", { enum: ["a", null] }, null, "b"],
    ["const", { const: { a: 1 } }, { a: 1 }, { a: 2 }],
    ["required", { required: ["a"] }, { a: null }, {}],
    ["additionalProperties", { properties: { a: true }, additionalProperties: false }, { a: 1 }, { b: 1 }],
    ["patternProperties", { patternProperties: { "^x-": { type: "string" } } }, { "x-a": "b" }, { "x-a": 1 }],
    ["propertyNames", { propertyNames: { maxLength: 2 } }, { ab: 1 }, { abc: 1 }],
    [
      "unevaluatedProperties",
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      { a: 1 },
      { b: 1 },
    ],
    ["dependentRequired", { dependentRequired: { a: ["b"] } }, { a: 1, b: 1 }, { a: 1 }],
    ["prefixItems and items", { prefixItems: [{ type: "string" }], items: false }, ["a"], ["a", 1]],
    ["contains", { contains: { const: 1 }, minContains: 2 }, [1, 1], [1]],
    ["uniqueItems", { uniqueItems: true }, [1, 2], [1, 1]],
    ["minLength in code points", { minLength: 2 }, "😀😀", "😀"],
    ["maximum", { exclusiveMaximum: 10 }, 9, 10],
    ["multipleOf", { multipleOf: 5 }, 10, 11],
    ["pattern, unanchored", { pattern: "b+" }, "abc", "ac"],
    ["anyOf", { anyOf: [{ type: "string" }, { type: "null" }] }, null, 1],
    ["oneOf", { oneOf: [{ minimum: 2 }, { maximum: 4 }] }, 1, 3],
    ["not", { not: { type: "string" } }, 1, "a"],
    ["if, then, else", { if: { type: "string" }, then: { minLength: 1 }, else: { minimum: 1 } }, 1, ""],
    ["$ref to $defs", { $defs: { a: { type: "string" } }, $ref: "#/$defs/a" }, "x", 1],
    [
      "$ref and what stands beside it",
      { $defs: { a: { type: "string" } }, $ref: "#/$defs/a", minLength: 2 },
      "ab",
      "a",
    ],
    [
      "recursion",
      { $id: "https://x.example/s", properties: { next: { $ref: "#" } }, additionalProperties: false },
      { next: {} },
      { next: { a: 1 } },
    ],
    [
      "$anchor",
      { $defs: { a: { $anchor: "word", type: "string" } }, properties: { a: { $ref: "#word" } } },
      { a: "x" },
      { a: 1 },
    ],
    [
      "$dynamicRef, which the outermost $dynamicAnchor decides",
      {
        $id: "https://x.example/strict-tree",
        $dynamicAnchor: "node",
        $ref: "tree",
        unevaluatedProperties: false,
        $defs: {
          tree: {
            $id: "tree",
            $dynamicAnchor: "node",
            type: "object",
            properties: { data: true, children: { type: "array", items: { $dynamicRef: "#node" } } },
          },
        },
      },
      { children: [{ data: 1 }] },
      { children: [{ daat: 1 }] },
    ],
    [
      "unevaluatedProperties past a reference",
      {
        $defs: { a: { properties: { a: true } } },
        $ref: "#/$defs/a",
        properties: { b: true },
        unevaluatedProperties: false,
      },
      { a: 1, b: 1 },
      { a: 1, c: 1 },
    ],
    [
      "unevaluatedProperties of the branch that holds",
      {
        anyOf: [
          { properties: { a: { type: "string" } }, required: ["a"] },
          { properties: { b: true }, required: ["b"] },
        ],
        unevaluatedProperties: false,
      },
      { b: 1 },
      { a: 1, b: 1 },
    ],
    ["unevaluatedItems", { prefixItems: [{ type: "string" }], unevaluatedItems: false }, ["a"], ["a", 1]],
    ["dependentSchemas", { dependentSchemas: { a: { required: ["b"] } } }, { b: 1 }, { a: 1 }],
    ["maxContains", { contains: { const: 1 }, maxContains: 1 }, [1], [1, 1]],
    ["minProperties and maxProperties", { minProperties: 1, maxProperties: 1 }, { a: 1 }, { a: 1, b: 2 }],
  ])("%s", (_, schema, good, bad) => {
    expect(isValid(schema, good)).toBe(true)
    expect(isValid(schema, bad)).toBe(false)
  })

  test.each(["date-time", "email", "uri", "regex", "ipv6", "nothing-known"])(
    "format %s says what is meant and refuses nothing",
    (format) => {
      expect(isValid({ type: "string", format }, "(not one")).toBe(true)
    },
  )

  test.each([
    "contentEncoding",
    "contentMediaType",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
  ])("%s is a note, too", (keyword) => {
    const value = { examples: ["a"], deprecated: true }[keyword] ?? "base64"
    expect(isValid({ type: "string", [keyword]: value }, "%%%")).toBe(true)
  })

  test("names that objects are born with are properties like any other", () => {
    const read = (text: string) => parseStrictJson(Buffer.from(text))
    const closed = { type: "object", properties: { a: true }, additionalProperties: false }
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect([name, isValid(closed, read(`{"${name}":1}`))]).toEqual([name, false])
      expect([name, isValid({ required: [name] }, {})]).toEqual([name, false])
      expect([name, isValid({ required: [name] }, read("{}"))]).toEqual([name, false])
    }
  })

  test("every fault is named with its place, twenty at the most", () => {
    expect(
      pathsOf(
        { properties: { "a/b": { type: "string" }, c: { items: { type: "string" } } } },
        { "a/b": 1, c: [1] },
      ),
    ).toEqual(["/input/a~1b", "/input/c/0"])
    expect(
      pathsOf(
        { items: { type: "string" } },
        Array.from({ length: 100 }, () => 1),
      ),
    ).toHaveLength(20)
  })

  test("an input is never changed by being checked", () => {
    const input = { a: "1" }
    isValid({ properties: { a: { type: "number" }, b: { default: 1 } } }, input)
    expect(input).toEqual({ a: "1" })
  })
})

describe("a schema that cannot be enforced exactly is refused:", () => {
  test.each<[string, JsonValue]>([
    ["no object", true],
    ["a list", []],
    ["null", null],
    ["a remote reference", { $ref: "https://schemas.example/thing.json" }],
    ["a remote dynamic reference", { $dynamicRef: "https://schemas.example/thing.json#node" }],
    ["a remote reference below the schema's own id", { $id: "https://x.example/a", $ref: "other.json" }],
    [
      "a remote reference behind a definition",
      { $defs: { a: { $ref: "https://schemas.example/t" } }, items: { $ref: "#/$defs/a" } },
    ],
    ["a vocabulary of its own", { $schema: "https://schemas.example/dialect" }],
    ["a reference to a file", { $ref: "file:///etc/passwd" }],
    ["a reference to nothing", { $ref: "#/$defs/missing" }],
    ["a keyword nobody knows", { requiredIf: "x" }],
    ["an unknown type", { type: "date" }],
    ["a data reference", { properties: { a: { maximum: { $data: "1/b" } } } }],
    ["a look-ahead", { pattern: "^(?=a)b" }],
    ["a look-behind", { pattern: "(?<=a)b" }],
    ["a back reference", { pattern: "(a)\\1" }],
    ["a broken pattern", { pattern: "(" }],
    ["a broken pattern of names", { patternProperties: { "[": true } }],
    ["a mark that is no truth", { "x-tenant-id": "yes" }],
  ])("%s", (_, schema) => {
    expect(() => compileInputSchema(schema)).toThrow(
      expect.objectContaining({ code: "unsupported_schema" }) as Error,
    )
  })
})

test("a pattern that would take other engines years is harmless", () => {
  const startedAt = performance.now()
  expect(isValid({ pattern: "^(a+)+$" }, `${"a".repeat(50_000)}b`)).toBe(false)
  expect(isValid({ pattern: "^([a-z]+)*@([a-z]+)*$" }, "a".repeat(20_000))).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})

test.each<[string, JsonValue, JsonValue]>([
  [
    "a pattern of names",
    { patternProperties: { "^(a|a)*$": { type: "string" } } },
    { [`${"a".repeat(900)}b`]: 1 },
  ],
  ["names by a pattern", { propertyNames: { pattern: "^(a|aa)+$" } }, { [`${"a".repeat(900)}b`]: 1 }],
  [
    "a pattern for each of many",
    { items: { pattern: "^(\\w+\\s?)*$" } },
    Array.from({ length: 500 }, () => `${"a".repeat(40)}!`),
  ],
  ["a counted repeat", { pattern: "^(a{1,30}){1,30}$" }, `${"a".repeat(5_000)}b`],
])("%s is bounded too", (_, schema, input) => {
  const startedAt = performance.now()
  isValid(schema, input)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})

test("a pattern that would repeat without bound is refused when the tool is registered", () => {
  const startedAt = performance.now()
  expect(() => compileInputSchema({ pattern: "((a{1,1000}){1,1000}){1,1000}" })).toThrow(
    expect.objectContaining({ code: "unsupported_schema" }) as Error,
  )
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})

describe("marks are found wherever they stand:", () => {
  const mark = { type: "string", "x-tenant-id": true }
  test.each<[string, JsonValue, JsonValue, string[]]>([
    ["on a property", { properties: { a: mark } }, { a: "x" }, ["/a"]],
    ["on items", { items: mark }, ["x", "y"], ["/0", "/1"]],
    ["on a tuple", { prefixItems: [true, mark] }, ["x", "y"], ["/1"]],
    ["on other properties", { additionalProperties: mark }, { a: "x" }, ["/a"]],
    ["on a pattern of properties", { patternProperties: { "^a": mark } }, { ab: "x", b: "y" }, ["/ab"]],
    [
      "behind a reference",
      { $defs: { m: mark }, properties: { a: { $ref: "#/$defs/m" } } },
      { a: "x" },
      ["/a"],
    ],
    ["in allOf", { properties: { a: { allOf: [mark] } } }, { a: "x" }, ["/a"]],
    ["in the branch that holds", { anyOf: [{ type: "number" }, mark] }, "x", [""]],
    ["in then", { if: true, then: { properties: { a: mark } } }, { a: "x" }, ["/a"]],
    ["on the whole input", mark, "x", [""]],
    ["with escaped names", { properties: { "a/b~": mark } }, { "a/b~": "x" }, ["/a~1b~0"]],
    ["even where the value does not fit", { properties: { a: mark } }, { a: 7 }, ["/a"]],
    ["not where it says false", { properties: { a: { "x-tenant-id": false } } }, { a: "x" }, []],
    ["not of the other keyword", { properties: { a: { "x-sensitive": true } } }, { a: "x" }, []],
  ])("%s", (_, schema, input, paths) => {
    expect([...compileInputSchema(schema).marked(input, "x-tenant-id")].sort()).toEqual(paths)
  })

  test("for one input after another, without remembering", () => {
    const schema = compileInputSchema({ additionalProperties: mark })
    expect([...schema.marked({ a: "x" }, "x-tenant-id")]).toEqual(["/a"])
    expect([...schema.marked({ b: "x" }, "x-tenant-id")]).toEqual(["/b"])
    expect([...schema.marked({ b: "x" }, "x-sensitive")]).toEqual([])
  })
})
