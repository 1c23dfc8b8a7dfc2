import fc from "fast-check"
import { expect, test, vi } from "vitest"
import {
  buildEnvelope,
  canonicalize,
  contentBytesMax,
  jsonBytes,
  yamlBytesMax,
  type ChangePart,
  type ConfigFormat,
  type JsonValue,
} from "@deltaseal/guard/change"
import { configDigest, readConfig } from "@deltaseal/guard/config"

// Generated documents, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 })

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth)
const refusal: unknown = expect.objectContaining({ name: "ChangeError", code: "invalid_content" })

test("JSON means the same to the YAML reader", () => {
  const document = fc.dictionary(
    fc.string({ maxLength: 8 }),
    fc.jsonValue({ maxDepth: 3, noUnicodeString: true }),
  )
  fc.assert(
    fc.property(document, (value) => {
      // Both readers refuse what a double cannot hold; a number is written as it is read.
      const text = canonicalize(value as JsonValue)
      expect(canonicalize(readConfig("yaml", text).value)).toBe(canonicalize(readConfig("json", text).value))
    }),
    { numRuns: 500 },
  )
})

test.each([
  ["64 levels", "yaml", nested(64), nested(65)],
  ["a key of 1 KiB", "yaml", `? ${"k".repeat(1024)}\n: 1`, `? ${"k".repeat(1025)}\n: 1`],
  [
    "64 levels of YAML with a value in them",
    "yaml",
    nested(64).replace("[]", "[1]"),
    nested(65).replace("[]", "[1]"),
  ],
  ["64 levels of JSON", "json", nested(64), nested(65)],
  ["the largest integer that a double holds", "toml", "a = 9007199254740992", "a = 9007199254740993"],
] as const)("reads %s and not one more", (_, format, atLimit, pastLimit) => {
  expect(() => readConfig(format, atLimit)).not.toThrow()
  expect(() => readConfig(format, pastLimit)).toThrow(refusal)
})

test("a small text cannot become a large value", () => {
  const levels = Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`)
  const bomb = ["a0: &a0 x", ...levels].join("\n")

  expect(() => readConfig("yaml", bomb)).toThrow(refusal)
})

test.each(["yaml", "json", "toml"] as const)(
  "%s: __proto__ and constructor are names like any other",
  (format) => {
    const texts: Record<ConfigFormat, string> = {
      json: '{"__proto__":{"polluted":1},"constructor":2}',
      yaml: "__proto__:\n  polluted: 1\nconstructor: 2\n",
      toml: "constructor = 2\n[__proto__]\npolluted = 1\n",
    }
    const { value } = readConfig(format, texts[format])

    expect(canonicalize(value)).toBe('{"__proto__":{"polluted":1},"constructor":2}')
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined()
  },
)

test("a config may have as many bytes as its format allows, and every other content 2 MiB", () => {
  const sized = (format: ConfigFormat, bytes: number): ChangePart => ({
    kind: "config",
    target: { system: "app", name: "a" },
    format,
    before: null,
    after: { text: `"${"x".repeat(bytes - 2)}"` },
  })
  const build = (part: ChangePart) =>
    buildEnvelope(
      {
        tenantId: "ten_1",
        runId: "run_1",
        tool: { server: "a", name: "b", version: "1", definition: "0".repeat(64) },
        input: {},
        parts: [part],
      },
      { configDigest },
    )
  const tooLarge: unknown = expect.objectContaining({ code: "content_too_large" })

  expect(() => build(sized("yaml", yamlBytesMax))).not.toThrow()
  expect(() => build(sized("yaml", yamlBytesMax + 1))).toThrow(tooLarge)
  expect(() => build(sized("json", contentBytesMax))).not.toThrow()
  expect(() => build(sized("json", contentBytesMax + 1))).toThrow(tooLarge)
  expect(() => jsonBytes("x".repeat(contentBytesMax - 2))).not.toThrow()
  expect(() => jsonBytes("x".repeat(contentBytesMax - 1))).toThrow(tooLarge)
})

test("without a reader of its format only JSON is hashed", () => {
  const config = {
    kind: "config",
    target: { system: "a", name: "b" },
    before: null,
    after: { text: "1" },
  } as const
  const build = (format: ConfigFormat) =>
    buildEnvelope({
      tenantId: "ten_1",
      runId: "run_1",
      tool: { server: "a", name: "b", version: "1", definition: "0".repeat(64) },
      input: {},
      parts: [{ ...config, format }],
    })

  expect(() => build("json")).not.toThrow()
  expect(() => build("yaml")).toThrow(expect.objectContaining({ code: "unsupported_change" }))
})
