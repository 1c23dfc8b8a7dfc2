import { randomBytes } from "node:crypto"
import { crc32 } from "node:zlib"
import { describe, expect, test } from "vitest"
import { base62From, parseKey, printKey } from "@/lib/keys/api-key"

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const key = { mode: "live", publicId: "a".repeat(20), secret: "B".repeat(43) } as const
const printed = printKey(key)

test("a printed key has the shape of SPEC 6 and reads back as itself", () => {
  expect(printed).toMatch(/^dsl_live_[0-9A-Za-z]{20}_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/)
  expect(parseKey(printed)).toEqual(key)
  expect(parseKey(printKey({ ...key, mode: "test" }))).toEqual({ ...key, mode: "test" })
})

test("its checksum is the CRC-32 that everybody else computes, in base62", () => {
  let rest = crc32(printed.slice(0, -6))
  let digits = ""
  for (let position = 0; position < 6; position += 1) {
    digits = (alphabet[rest % 62] ?? "") + digits
    rest = Math.floor(rest / 62)
  }
  expect(printed.slice(-6)).toBe(digits)
})

describe("a key is refused when", () => {
  test("any single character is another", () => {
    for (let at = 0; at < printed.length; at += 1) {
      for (const character of `${alphabet}_-`) {
        if (character === printed[at]) continue
        const flipped = printed.slice(0, at) + character + printed.slice(at + 1)
        expect([flipped, parseKey(flipped)]).toEqual([flipped, null])
      }
    }
  })

  test("two neighbours changed places", () => {
    const random = printKey({ mode: "live", publicId: alphabet.slice(0, 20), secret: alphabet.slice(10, 53) })
    for (let at = 0; at + 1 < random.length; at += 1) {
      const swapped = random.slice(0, at) + (random[at + 1] ?? "") + (random[at] ?? "") + random.slice(at + 2)
      if (swapped !== random) expect([swapped, parseKey(swapped)]).toEqual([swapped, null])
    }
  })

  test.each([
    ["empty", ""],
    ["short", printed.slice(0, -1)],
    ["long", `${printed}0`],
    ["followed by a line break", `${printed}\n`],
    ["preceded by a space", ` ${printed}`],
    ["of an unknown mode", printed.replace("live", "prod")],
    ["in capitals", printed.toUpperCase()],
    ["written with a look-alike letter", printed.replace("a", "а")],
  ])("it is %s", (_, text) => {
    expect(parseKey(text)).toBeNull()
  })
})

test("base62 text is unbiased and never shorter than asked", () => {
  expect(base62From(Uint8Array.from([0, 61, 62, 247]), 4)).toBe("0z0z")
  expect(base62From(Uint8Array.from([248, 255, 1]), 1)).toBe("1")
  expect(() => base62From(Uint8Array.from([248, 255]), 1)).toThrow(RangeError)
  const text = base62From(randomBytes(100_000), 90_000)
  const counts = Array.from(alphabet, (digit) => text.split(digit).length - 1)
  expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.3)
})
