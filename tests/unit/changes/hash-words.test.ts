import { expect, test } from "vitest"
import { sha256Hex } from "@deltaseal/guard/change"
import { fourWords, hashWords } from "@/lib/changes/hash-words"

test("names the worked record vector as the design does", () => {
  const hash = "415c0b97e6620e5a2926f23de69a8e75a447c21c85296e8b028c2d7f46e2d345"

  expect(fourWords(hash).join("-")).toBe("amber-river-onion-falcon")
})

test("takes its words from other bytes than the eight digits shown beside them", () => {
  const hash = "415c0b97e6620e5a".padEnd(64, "0")

  expect(fourWords(`00000000${hash.slice(8)}`)).toEqual(fourWords(hash))
  expect(fourWords(`${hash.slice(0, 8)}e6620e5b${hash.slice(16)}`)).not.toEqual(fourWords(hash))
})

test("never renames a change: the list is frozen", () => {
  expect(sha256Hex(hashWords.join(" "))).toMatchInlineSnapshot(
    `"91112cc236911d88fe7a582dcb2f8ae6f7cc729e437c8db0758aa50c01e45e20"`,
  )
})

test("has 256 plain words of which no two differ in one letter", () => {
  expect(new Set(hashWords).size).toBe(256)
  expect(hashWords.filter((word) => !/^[a-z]{3,9}$/.test(word))).toEqual([])
  expect(hashWords.filter((word) => hashWords.some((other) => isOneLetterOff(word, other)))).toEqual([])
})

test("refuses what is no hash", () => {
  expect(() => fourWords("415c")).toThrow(TypeError)
})

function isOneLetterOff(word: string, other: string): boolean {
  if (word === other || Math.abs(word.length - other.length) > 1) return false
  if (word.length === other.length)
    return Array.from(word).filter((letter, at) => letter !== other[at]).length === 1

  const [short, long] = word.length < other.length ? [word, other] : [other, word]
  return Array.from(long).some((_, at) => long.slice(0, at) + long.slice(at + 1) === short)
}
