import fc from "fast-check"
import { expect, test, vi } from "vitest"
import { canonicalize, parseStrictJson, StrictJsonError, type JsonValue } from "@deltaseal/guard/change"

vi.setConfig({ testTimeout: 60_000 })

const pieces = [
  ...Array.from('{}[]:,"\\ \t\n\r-+.eE0123456789truefalsnul/bu\u0000\u0001\u007f\u2028\ud83d\ude00é'),
  "\\u0000",
  "\\ud800",
  "\\udc00",
  "\\uffff",
  '"__proto__"',
  '"constructor"',
  "1e400",
  "9007199254740993",
  "-0",
  "0.1",
  "true",
  "null",
]

test("is never more lenient than the platform, and reads what both read to the same value", () => {
  const documents = fc.oneof(
    fc.json({ maxDepth: 5 }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((all) => all.join("")),
    // Valid JSON with one piece put into it, or one character taken out.
    fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...pieces)).map(([text, at, piece]) => {
      const place = at % (text.length + 1)
      return `${text.slice(0, place)}${piece}${text.slice(place)}`
    }),
    fc.tuple(fc.json(), fc.nat()).map(([text, at]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + text.slice(place + 1)
    }),
  )
  let [both, ours] = [0, 0]

  fc.assert(
    fc.property(documents, (text) => {
      const strict = attempt(() => parseStrictJson(Buffer.from(text, "utf8")))
      if (strict === undefined) return
      ours++
      const platform = attempt(() => JSON.parse(Buffer.from(text, "utf8").toString("utf8")) as JsonValue)
      expect(platform).toBeDefined()
      if (platform === undefined) return
      both++
      expect(canonicalize(strict.value)).toBe(canonicalize(platform.value))
    }),
    { numRuns: 20_000, seed: 20_261_122 },
  )
  expect(both).toBe(ours)
  expect(both).toBeGreaterThan(3_000)
})

test.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"])(
  "%s is a name like any other and comes back as it was, at every depth",
  (name) => {
    const text = `{"a":[{"${name}":{"${name}":1}}],"${name}":{"polluted":true}}`
    const value = parseStrictJson(Buffer.from(text))

    expect(canonicalize(value)).toBe(canonicalize(JSON.parse(text) as JsonValue))
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined()
    expect(Object.getPrototypeOf(value)).toBeNull()
  },
)

function attempt(read: () => JsonValue): Readonly<{ value: JsonValue }> | undefined {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof StrictJsonError || error instanceof SyntaxError) return undefined
    throw error
  }
}
