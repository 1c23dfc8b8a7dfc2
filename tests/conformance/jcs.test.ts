import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { expect, test } from "vitest"
import { canonicalize, type JsonValue } from "@deltaseal/guard/change"

// RFC 8785 test data; absent in a public clone, where these tests say that they are skipped.
const vectors = resolve("../shared/vectors/jcs")
const names = existsSync(vectors) ? readdirSync(join(vectors, "input")) : []

test.skipIf(names.length === 0)("has all six vectors of RFC 8785", () => {
  expect(names).toHaveLength(6)
})

test.each(names)("writes %s byte for byte as RFC 8785 does", (name) => {
  const input = JSON.parse(readFileSync(join(vectors, "input", name), "utf8")) as JsonValue
  const output = readFileSync(join(vectors, "output", name), "utf8")
  const hex = readFileSync(join(vectors, "outhex", name.replace(".json", ".txt")), "utf8")

  const canonical = canonicalize(input)
  expect(canonical).toBe(output.trimEnd())
  expect(Buffer.from(canonical, "utf8").toString("hex")).toBe(hex.replace(/\s/g, ""))
})
