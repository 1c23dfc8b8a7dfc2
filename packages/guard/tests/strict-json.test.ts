import fc from "fast-check"
import { describe, expect, test, vi } from "vitest"
import { canonicalize, parseStrictJson, StrictJsonError, type JsonValue } from "@deltaseal/guard/change"

// Thousands of generated texts, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 })

const bytes = (text: string) => new TextEncoder().encode(text)
const parse = (text: string) => parseStrictJson(bytes(text))

describe("what it reads", () => {
  test("round-trips any value through the canonical form", () => {
    fc.assert(
      fc.property(aJsonValue(), (value) => {
        const canonical = canonicalize(value)
        expect(canonicalize(parse(canonical))).toBe(canonical)
        expect(canonical).toBe(canonicalize(JSON.parse(JSON.stringify(value)) as JsonValue))
      }),
    )
  })

  test("is never more lenient than the platform, and reads the same value", () => {
    fc.assert(
      fc.property(aDamagedText(), (text) => {
        const sent = Buffer.from(text)
        const strict = attempt(() => parseStrictJson(sent))
        if (strict === undefined) return
        expect(canonicalize(strict.value)).toBe(canonicalize(JSON.parse(sent.toString()) as JsonValue))
      }),
      { numRuns: 2000 },
    )
  })

  test("accepts a number exactly when its decimal is the shortest of its double", () => {
    fc.assert(
      fc.property(aDecimal(), (text) => {
        const double = Number(text)
        const isExact = Number.isFinite(double) && isSameDecimal(text, String(double))
        expect(attempt(() => parse(text))?.value).toBe(isExact ? double || 0 : undefined)
      }),
      { numRuns: 2000 },
    )
  })

  test("gives objects no prototype, so that no name is special", () => {
    const value = parse('{"__proto__":{"admin":true},"constructor":1,"toString":2}') as Record<
      string,
      unknown
    >
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(Object.keys(value)).toEqual(["__proto__", "constructor", "toString"])
    expect(value.admin).toBeUndefined()
  })

  test.each([
    ["64 levels", "[".repeat(64) + "]".repeat(64)],
    ["100,000 values", `[${"1,".repeat(99_998)}1]`],
    ["a name of 1,024 bytes", `{"${"é".repeat(512)}":1}`],
  ])("reaches its limit: %s", (_, text) => {
    expect(() => parse(text)).not.toThrow()
  })
})

describe("what it refuses", () => {
  test.each([
    ["too_deep", "[".repeat(65), 64],
    ["too_many_nodes", `[${"1,".repeat(99_999)}1]`, 199_999],
    ["name_too_long", `{"${"é".repeat(513)}":1}`, 1],
    ["duplicate_name", '{"é":1,"é":1}', 8],
    ["trailing_data", '"é" x', 5],
    ["invalid_json", '["é",]', 6],
    ["number_not_exact", '["é",9007199254740993]', 6],
    ["noncharacter", '"é\uffff"', 3],
    ["lone_surrogate", '["é","\\ud800"]', 6],
  ])("%s, at its byte", (code, text, offset) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code, offset }))
  })

  test("invalid UTF-8, at its byte", () => {
    const damaged = Uint8Array.of(0x22, 0xc3, 0xa9, 0xff, 0x22)
    expect(() => parseStrictJson(damaged)).toThrow(
      expect.objectContaining({ code: "invalid_utf8", offset: 3 }),
    )
  })

  test("without a word of what it read", () => {
    expect(() => parse('{"password":"hunter2" "x"}')).toThrow(
      /^The JSON is refused: invalid json at byte \d+\.$/,
    )
  })
})

test.each([
  ["digits", "1" + "0".repeat(4_000_000) + "e-4000000"],
  ["zeros after the point", "0." + "0".repeat(4_000_000) + "1"],
  ["escapes", `"${"\\n".repeat(2_000_000)}"`],
  ["backslashes without an end", `"${"\\\\".repeat(2_000_000)}`],
  ["white space", " ".repeat(4_000_000) + "1"],
  ["opened brackets", "[".repeat(4_000_000)],
  ["numeric names", `{${Array.from({ length: 90_000 }, (_, i) => `"${i * 65536}":1`).join()}}`],
])("takes linear time over megabytes of %s", (_, text) => {
  const started = performance.now()
  attempt(() => parse(text))
  // Generous: a quadratic reader needs minutes here.
  expect(performance.now() - started).toBeLessThan(3000)
})

function attempt(read: () => JsonValue): { value: JsonValue } | undefined {
  try {
    return { value: read() }
  } catch (error) {
    expect(error).toBeInstanceOf(StrictJsonError)
    return undefined
  }
}

function aJsonValue(): fc.Arbitrary<JsonValue> {
  return fc.jsonValue({ stringUnit: "binary" }).map(withoutNoncharacters) as fc.Arbitrary<JsonValue>
}

function withoutNoncharacters(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value).replace(/\p{Noncharacter_Code_Point}/gu, "x"),
    (_, member: unknown) => member,
  )
}

/** Valid JSON with a few characters replaced, so that most of it is still close to valid. */
function aDamagedText(): fc.Arbitrary<string> {
  const damage = fc.tuple(
    fc.nat(),
    fc.constantFrom(...Array.from('{}[]",:\\u0123456789eE.+-tfn \t\u0000\ud800é\ufdd0')),
  )
  return fc.tuple(fc.json(), fc.array(damage, { maxLength: 3 })).map(([text, damages]) => {
    let damaged = text
    for (const [at, by] of damages) {
      const place = at % (damaged.length + 1)
      damaged = damaged.slice(0, place) + by + damaged.slice(place + (at % 2))
    }
    return damaged
  })
}

function aDecimal(): fc.Arbitrary<string> {
  const written = fc
    .tuple(
      fc.constantFrom("", "-"),
      fc.bigInt(0n, 10n ** 19n),
      fc.stringMatching(/^[0-9]{0,20}$/),
      fc.integer({ min: -340, max: 330 }),
    )
    .map(
      ([sign, whole, fraction, power]) =>
        `${sign}${whole}${fraction && "." + fraction}${power % 3 ? `e${power}` : ""}`,
    )
  return fc.oneof(written, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String))
}

/** An oracle of another make: both as exact integers over one power of ten. */
function isSameDecimal(a: string, b: string): boolean {
  const scaled = (text: string) => {
    const [mantissa = "", power = "0"] = text.toLowerCase().split("e")
    const [whole = "", fraction = ""] = mantissa.split(".")
    return (
      BigInt(whole.replace(/^-?$/, "0") + fraction) * 10n ** BigInt(Number(power) - fraction.length + 800)
    )
  }
  return scaled(a) === scaled(b)
}
