import { parseStrictJson, type JsonValue } from "@deltaseal/guard/change"
import { expect, test } from "vitest"
import { redact } from "@/lib/audit/redaction"

const looks = "[redacted: looks like a secret]"
const named = "[redacted: named like a secret]"
const marked = "[redacted: marked sensitive]"

test.each([
  `dsl_live_${"a".repeat(20)}_${"b".repeat(49)}`,
  "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
  "-----BEGIN PRIVATE KEY-----",
  "AKIAIOSFODNN7EXAMPLE",
  "ASIAIOSFODNN7EXAMPLE",
  `ghp_${"a".repeat(36)}`,
  `gho_${"a".repeat(40)}`,
  `github_pat_${"a".repeat(50)}`,
  "xoxb-123456789012-abcdef",
  `sk_live_${"a".repeat(24)}`,
  `sk-proj-${"a".repeat(40)}`,
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW",
])("what has the shape of a secret is not shown: %s", (secret) => {
  expect(redact(secret)).toBe(looks)
  expect(redact(`use ${secret} please`)).toBe(looks)
  expect(redact([{ note: secret }])).toEqual([{ note: looks }])
  expect(JSON.stringify(redact({ [secret]: 1 }))).not.toContain(secret)
})

test.each([
  "password",
  "Passwd",
  "client_secret",
  "api_key",
  "apiKey",
  "X-Api-Key",
  "accessToken",
  "Authorization",
  "private-key",
])("what is named %s is not shown, whatever it is", (name) => {
  for (const value of ["hunter2", "", 1234, ["hunter2"], { value: "hunter2" }]) {
    expect(redact({ [name]: value })).toEqual({ [name]: named })
  }
  for (const value of [true, false, null]) expect(redact({ [name]: value })).toEqual({ [name]: value })
})

test("what the schema marks is not shown, by its pointer", () => {
  const input: JsonValue = { a: { "b/c~d": ["x", "y"] }, e: "z" }
  expect(redact(input, new Set(["/a/b~1c~0d/1"]))).toEqual({ a: { "b/c~d": ["x", marked] }, e: "z" })
  expect(redact(input, new Set(["/a"]))).toEqual({ a: marked, e: "z" })
  expect(redact(input, new Set([""]))).toBe(marked)
})

test.each<[string, JsonValue]>([
  ["words", "The quick brown fox"],
  ["short texts to the last character", "x".repeat(100)],
  ["numbers, truth and nothing", [1, true, null, 0.5]],
  ["names that only sound so", { passage: "x", secretary: true, tokens: 5 }],
  ["an empty object", {}],
])("%s are shown as they are", (_, value) => {
  expect(redact(value)).toEqual(value)
})

test.each([
  ["a long text", "x".repeat(101), "[text of 101 characters]"],
  ["a text of several lines, as files have", "a\nb\n", "[text of 4 characters]"],
])("%s is named by its length", (_, text, shown) => {
  expect(redact(text)).toBe(shown)
})

test("member names that objects are born with are members like any other", () => {
  const input = parseStrictJson(Buffer.from('{"__proto__":{"password":"hunter2"},"constructor":"c"}'))
  expect(JSON.stringify(redact(input))).toBe(`{"__proto__":{"password":"${named}"},"constructor":"c"}`)
  expect(({} as Record<string, unknown>)["password"]).toBeUndefined()
})

test("two names that look like secrets stay two members", () => {
  const names = [`sk_live_${"a".repeat(20)}`, `sk_live_${"b".repeat(20)}`] as const
  expect(Object.keys(redact({ [names[0]]: 1, [names[1]]: 2 }) as object)).toHaveLength(2)
})

test("the value that is hashed is not touched", () => {
  const input = { password: "hunter2", list: ["x".repeat(300)] }
  const before = structuredClone(input)
  redact(input)
  expect(input).toEqual(before)
})
