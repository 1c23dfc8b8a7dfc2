import { existsSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { describe, expect, test } from "vitest"
import { applyPatch, canonicalize, type JsonValue, type PatchOperation } from "@deltaseal/guard/change"

type Vector = Readonly<{
  comment?: string
  doc: JsonValue
  patch: PatchOperation[]
  expected?: JsonValue
  error?: string
  disabled?: boolean
}>

// json-patch/json-patch-tests; absent in a public clone, where these tests say that they are skipped.
const folder = resolve("../shared/vectors/json-patch")
const vectors = ["tests.json", "spec_tests.json"]
  .map((name) => join(folder, name))
  .filter((file) => existsSync(file))
  .flatMap((file) => JSON.parse(readFileSync(file, "utf8")) as Vector[])
  .filter(({ disabled, patch }) => disabled !== true && Array.isArray(patch))
  .map((vector, index) => ({ ...vector, title: vector.comment ?? vector.error ?? `vector ${index}` }))

test.skipIf(vectors.length === 0)("has all 108 vectors that are not disabled", () => {
  expect(vectors).toHaveLength(108)
})

describe.skipIf(vectors.length === 0)("RFC 6902", () => {
  const refused = vectors.filter(({ error }) => error !== undefined)
  const applied = vectors.filter(({ error }) => error === undefined)

  test.each(applied)("holds: $title", ({ doc, patch, expected }) => {
    const before = canonicalize(doc)
    const after = applyPatch(doc, patch)

    // Where a vector names no result, applying it without a refusal is the result.
    expect(canonicalize(after)).toBe(canonicalize(expected ?? after))
    expect(canonicalize(doc)).toBe(before)
  })

  test.each(refused)("refuses: $title", ({ doc, patch }) => {
    const before = canonicalize(doc)

    expect(() => applyPatch(doc, patch)).toThrow(expect.objectContaining({ code: "invalid_patch" }))
    expect(canonicalize(doc)).toBe(before)
  })
})
