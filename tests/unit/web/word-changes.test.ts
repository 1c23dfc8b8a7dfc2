import fc from "fast-check"
import { expect, test } from "vitest"
import { clusterEnd, clustersOf, clusterStart, wordsOf } from "@/components/diffs/clusters"
import { linePieces } from "@/components/diffs/line-pieces"
import { changedRanges } from "@/components/diffs/word-changes"

const family = "👩‍👩‍👧"
const character = fc.constantFrom(
  ...Array.from("ab \t.,-1"),
  ...["é", "e\u0301", "\u200b", "\u202e", "한", "각", "क्षि", "🇩🇪", "🇫🇷", family, "👍🏽", "\r\n", "語"],
)
const line = fc.string({ unit: character, maxLength: 40 })

test.each([
  ["a word", "Prices are low", "Prices are high", ["low"], ["high"]],
  ["an end of a word", "price", "prices", [], ["s"]],
  ["a digit of an amount", "total 1000", "total 1900", ["0"], ["9"]],
  ["nothing less than a letter with its mark", "cafe", "cafe\u0301", ["e"], ["e\u0301"]],
  ["nothing less than one emoji", "by 👩‍👩‍👦 all", `by ${family} all`, ["👩‍👩‍👦"], [family]],
  ["nothing less than one flag", "a 🇩🇪 b", "a 🇩🇰 b", ["🇩🇪"], ["🇩🇰"]],
  ["a hidden character alone", "Starter: 49", "Starter: 4\u200b9", [], ["\u200b"]],
  ["blanks where nothing else changed", "  x", "    x", [], ["  "]],
  ["one of many letters without blanks", "東京都に住む", "東京市に住む", ["都"], ["市"]],
] as const)("marks %s", (_, before, after, removed, added) => {
  const changes = changedRanges(before, after)
  expect(changes?.removed.map(({ start, end }) => before.slice(start, end))).toEqual(removed)
  expect(changes?.added.map(({ start, end }) => after.slice(start, end))).toEqual(added)
})

test("marks nothing where most of a line changed", () => {
  expect(changedRanges("alpha beta", "gamma delta epsilon")).toBeNull()
})

test("what is not marked is the same on both sides, and no cluster is cut", () => {
  fc.assert(
    fc.property(line, line, line, (start, middle, end) => {
      const [before, after] = [`${start}${middle}${end}`, `${start}${end}`]
      const changes = changedRanges(before, after)
      if (changes === null) return
      expect(without(before, changes.removed)).toBe(without(after, changes.added))
      for (const [text, ranges] of [
        [before, changes.removed],
        [after, changes.added],
      ] as const) {
        for (const { start: from, end: to } of ranges) {
          expect([clusterStart(text, from), clusterEnd(text, to)]).toEqual([from, to])
        }
      }
    }),
    { numRuns: 2_000 },
  )
})

test("a box is whole on one side of a mark, and the pieces still are the line", () => {
  fc.assert(
    fc.property(line, line, (before, after) => {
      const changes = changedRanges(before, after)
      const pieces = linePieces(after, changes?.added).map((piece) => {
        if ("text" in piece) return piece.text
        return "tab" in piece ? "\t" : String.fromCodePoint(Number.parseInt(piece.codePoint.slice(2), 16))
      })
      expect(pieces.join("")).toBe(after)
    }),
    { numRuns: 1_000 },
  )
})

test("words and clusters add up to their text", () => {
  fc.assert(
    fc.property(line, (text) => {
      expect(wordsOf(text).join("")).toBe(text)
      expect(clustersOf(text).join("")).toBe(text)
    }),
  )
})

test.each([
  ["a long line that changes in one word", "alpha é ".repeat(100_000), "alpha é "],
  ["a long line of one character", "\u0301".repeat(200_000), "\u0301"],
  ["a long line of flags", "🇩🇪".repeat(100_000), "🇩🇪"],
])("%s is marked in a moment", (_, text, unit) => {
  const after = `${text.slice(0, 80_000)}changed ${unit}${text.slice(80_000)}`
  const started = performance.now()
  const changes = changedRanges(text, after)

  expect(performance.now() - started).toBeLessThan(1_000)
  if (changes === null) return
  expect(without(text, changes.removed)).toBe(without(after, changes.added))
})

test("lines built to have everything different cost little", () => {
  const [before, after] = [".,".repeat(990), ";:".repeat(990)]
  const started = performance.now()
  for (let at = 0; at < 50; at += 1) changedRanges(before, after)

  expect(performance.now() - started).toBeLessThan(2_000)
})

function without(text: string, ranges: readonly Readonly<{ start: number; end: number }>[]): string {
  return [...ranges].reverse().reduce((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text)
}
