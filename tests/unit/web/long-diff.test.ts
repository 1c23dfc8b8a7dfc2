import { describe, expect, test } from "vitest"
import { contextLinesOf, fitsHunks, gapsIn, linesInGap, textLines } from "@/components/diffs/context-model"
import { diffItems, estimatedHeight, type Context, type DiffItem } from "@/components/diffs/diff-items"
import { diffModel, type FileModel } from "@/components/diffs/diff-model"
import { offsetOf, windowBetween } from "@/components/diffs/mounted-window"
import { createSeenLedger, rowUnits } from "@/components/diffs/seen-ledger"
import { splitModel } from "@/components/diffs/split-model"
import { cutLines } from "@/lib/approvals/part-content"
import { diffFile } from "@/lib/changes/file-diff"

const before = textOf(200, (line) => `line ${line}`)
const after = textOf(203, (line) =>
  line === 20 || line > 200 ? `new ${line}` : `line ${line > 20 ? line - 1 : line}`,
)

describe("what a diff leaves out", () => {
  test.each([
    ["in one column", false],
    ["side by side", true],
  ])(
    "%s, every line of the new text stands once and in order in the whole file, under its own numbers",
    (_, isSplit) => {
      for (const [old, next] of [[before, after], ...edits()] as const) {
        const file = modelOf(old, next, isSplit)
        const items = diffItems(
          file.hunks,
          { text: textLines(next), shown: new Map(), isWhole: true },
          isSplit,
        )

        expect(items.every(({ kind }) => kind !== "gap")).toBe(true)
        const lines = linesOf(items)
        expect(lines.filter(({ kind }) => kind !== "removed").map(({ text }) => text)).toEqual(
          textLines(next),
        )
        expect(lines.filter(({ kind }) => kind !== "added").map(({ text }) => text)).toEqual(textLines(old))
        expect(numbers(lines, "newNumber")).toEqual(textLines(next).map((_line, index) => index + 1))
        expect(numbers(lines, "oldNumber")).toEqual(textLines(old).map((_line, index) => index + 1))
      }
    },
  )

  test("a step shows as many lines as it says, at the end it was asked for", () => {
    const file = modelOf(before, after, false)
    const gap = gapsIn(file.hunks).after
    expect(gap).toBeNull()
    const [first] = gapsIn(file.hunks).before.values()
    if (first === undefined) throw new Error("There is no gap.")
    expect([first.from, first.to]).toEqual([1, 16])
    const second = [...gapsIn(file.hunks).before.values()][1]
    if (second === undefined) throw new Error("There is no second gap.")

    const context: Context = {
      text: textLines(after),
      shown: new Map([[second.id, { top: 5, bottom: 2 }]]),
      isWhole: false,
    }
    const items = diffItems(file.hunks, context, false)
    const shown = items.flatMap((item) => (item.kind === "context" ? item.segment.lines : []))
    const at = (line: number | null) => shown.map(({ newNumber }) => newNumber).includes(line)
    expect(shown).toHaveLength(7)
    expect(at(second.from) && at(second.from + 4) && at(second.to) && at((second.to ?? 0) - 1)).toBe(true)
    expect(items.find((item) => item.kind === "gap" && item.gap.id === second.id)).toMatchObject({
      left: (second.to ?? 0) - second.from + 1 - 7,
    })
  })

  test("where the text ends is known when it is there, and a hunk at the end leaves nothing out", () => {
    const changed = modelOf(before, before.replace("line 100\n", "LINE 100\n"), false)
    const gap = gapsIn(changed.hunks).after
    if (gap === null) throw new Error("There is no gap.")
    expect([gap.from, linesInGap(gap, null), linesInGap(gap, textLines(before))]).toEqual([104, null, 97])
    expect(contextLinesOf(gap, textLines(before), 200, 1)).toMatchObject([
      { text: "line 200", oldNumber: 200 },
    ])
  })

  test("a text that is not the one of the diff does not fit it", () => {
    const file = modelOf(before, after, false)
    expect(fitsHunks(textLines(after), file.hunks)).toBe(true)
    expect(fitsHunks(textLines(before), file.hunks)).toBe(false)
    expect(fitsHunks(textLines(after).slice(1), file.hunks)).toBe(false)
  })

  test("never counts towards what has to be seen", () => {
    const file = modelOf(before, after, false)
    const ledger = createSeenLedger([file])
    const items = diffItems(file.hunks, { text: textLines(after), shown: new Map(), isWhole: true }, false)
    for (const item of items) if (item.kind === "context") ledger.mark(rowUnits(item.segment).flat())
    expect(ledger.summary()).toMatchObject({ seenHunkCount: 0 })
    for (const item of items) if (item.kind === "segment") ledger.mark(rowUnits(item.segment).flat())
    expect(ledger.summary()).toMatchObject({ isAllSeen: true })
  })
})

describe("what stands on the page", () => {
  test("is what touches the stretch, and the rest keeps its room", () => {
    const heights = [100, 50, 200, 10, 40]
    for (let from = -50; from < 450; from += 7) {
      for (const size of [1, 30, 120, 600]) {
        const { first, end, before: above, after: below } = windowBetween(heights, from, from + size)
        const sum = (some: number[]) => some.reduce((all, height) => all + height, 0)
        expect(above + sum(heights.slice(first, end)) + below).toBe(400)
        for (const [index, height] of heights.entries()) {
          const top = offsetOf(heights, index)
          expect(index >= first && index < end).toBe(top + height > from && top < from + size)
        }
      }
    }
  })

  test("is thought as high as its lines wrap", () => {
    const file = modelOf("", `${"x".repeat(95)}\nshort\n`, false)
    const [item] = diffItems(file.hunks, null, false)
    if (item === undefined) throw new Error("There is no item.")
    const narrow = estimatedHeight(item, { lineHeight: 18, rowPadding: 2, columns: 10 })
    const wide = estimatedHeight(item, { lineHeight: 18, rowPadding: 2, columns: 100 })
    expect(narrow - wide).toBe(9 * 18)
  })
})

test("a field stretch is seen as a whole, and nothing is seen that the change does not hold", () => {
  const file = modelOf(before, after, false)
  const ledger = createSeenLedger([file])
  expect(ledger.mark([{ kind: "context" }, {}])).toBe(false)
  expect(ledger.summary().isAllSeen).toBe(false)
})

test.each([
  ["", 1, 5, { lineCount: 0, text: "", nextLine: null }],
  ["a\nb", 1, 1, { lineCount: 2, text: "a\n", nextLine: 2 }],
  ["a\nb", 2, 1, { lineCount: 2, text: "b", nextLine: null }],
  ["a\r\nb\n", 1, 9, { lineCount: 2, text: "a\r\nb\n", nextLine: null }],
  ["a\n\n", 2, 1, { lineCount: 2, text: "\n", nextLine: null }],
  ["a\n", 3, 1, { lineCount: 1, text: "", nextLine: null }],
])("of %j from line %i, %i lines are %o", (text, from, count, expected) => {
  expect(cutLines(text, from, count)).toEqual({ from, ...expected })
})

function textOf(count: number, lineOf: (line: number) => string): string {
  return `${Array.from({ length: count }, (_, index) => lineOf(index + 1)).join("\n")}\n`
}

/** Edits of all shapes: at the ends, next to each other, only removals, only additions. */
function edits(): (readonly [string, string])[] {
  const lines = textLines(before)
  return Array.from({ length: 60 }, (_, seed) => {
    const next = lines.flatMap((line, at) => {
      const dice = (at * 7 + seed * 13 + ((at * seed) % 11)) % 41
      if (dice === 0) return []
      if (dice === 1) return [line, `added ${at}`]
      return dice === 2 ? [`changed ${at}`] : [line]
    })
    return [before, `${next.join("\n")}\n`] as const
  })
}

function modelOf(old: string, next: string, isSplit: boolean): FileModel {
  const side = (text: string) => ({
    bytes: new TextEncoder().encode(text),
    digest: text,
    mode: "100644" as const,
  })
  const { text: preview } = diffFile({
    path: "a.txt",
    before: old === "" ? null : side(old),
    after: side(next),
    workMax: 1e6,
  })
  const counts = { added: 0, removed: 0, flags: [], hiddenCharacters: 0 }
  const files = diffModel([
    { kind: "file", path: "a.txt", workspace: "main", op: "update", preview, ...counts },
  ])
  const [file] = isSplit ? splitModel(files) : files
  if (file === undefined) throw new Error("There is no file.")
  return file
}

function linesOf(items: readonly DiffItem[]) {
  const all = items.flatMap((item) => {
    if (item.kind === "gap") return []
    const { rows, lines } = item.segment
    return rows === undefined
      ? lines
      : rows.flatMap((row) => [row.old, row.new].filter((line) => line !== null))
  })
  return [...new Set(all)]
}

function numbers(lines: ReturnType<typeof linesOf>, name: "oldNumber" | "newNumber"): number[] {
  return lines.flatMap((line) => line[name] ?? []).sort((a, b) => a - b)
}
