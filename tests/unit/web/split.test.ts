import { expect, test } from "vitest"
import { diffModel, type FileModel } from "@/components/diffs/diff-model"
import { flagWords } from "@/components/diffs/flag-words"
import { createSeenLedger, rowUnits } from "@/components/diffs/seen-ledger"
import { hasTwoSides, splitModel, splitRows } from "@/components/diffs/split-model"
import { diffFile } from "@/lib/changes/file-diff"

test("puts the lines of a block beside each other in order, and context on both sides", () => {
  const file = modelOf("a\nb\nc\nd\ne\n", "a\nB\nc\nd\nD\nE\n")
  const rows = splitRows(linesOf(file)).map((row) => [row.old?.text ?? null, row.new?.text ?? null])

  expect(rows).toEqual([
    ["a", "a"],
    ["b", "B"],
    ["c", "c"],
    ["d", "d"],
    ["e", "D"],
    [null, "E"],
  ])
})

test("loses no line and invents none, whatever the change", () => {
  for (let seed = 1; seed < 120; seed += 1) {
    const [before, after] = [textOf(seed), textOf(seed * 7 + 3)]
    const file = modelOf(before, after)
    const rows = splitRows(linesOf(file))
    const old = rows.flatMap((row) => row.old ?? [])
    const now = rows.flatMap((row) => row.new ?? [])

    expect(old).toEqual(linesOf(file).filter(({ kind }) => kind !== "added"))
    expect(now).toEqual(linesOf(file).filter(({ kind }) => kind !== "removed"))
    const split = splitModel([file])
    expect(new Set(split.flatMap(linesOf))).toEqual(new Set(linesOf(file)))
    expect(split.flatMap(linesOf)).toHaveLength(linesOf(file).length)
  }
})

test.each([
  ["a new file", null, "a\n", false],
  ["a deleted file", "a\n", null, false],
  ["an update", "a\n", "b\n", true],
])("%s has two sides: %o to %o is %s", (_, before, after, expected) => {
  const file = modelOf(before, after)
  expect(hasTwoSides(file)).toBe(expected)
  if (!expected) expect(splitModel([file])).toEqual([file])
})

test("what was seen in one layout is seen in the other, and nothing more", () => {
  const rows = Array.from({ length: 100 }, (_, index) => `row ${index}`)
  const unified = [modelOf(`${rows.join("\n")}\n`, `${rows.map((row) => `${row}!`).join("\n")}\n`)]
  const split = splitModel(unified)
  const ledger = createSeenLedger(unified)
  const rowsIn = (files: readonly FileModel[]) =>
    files.flatMap(({ hunks }) => hunks.flatMap(({ segments }) => segments.flatMap(rowUnits)))

  // The removed lines are the first hundred, then come the added ones; side by side they alternate.
  ledger.mark(rowsIn(unified).slice(0, 120).flat())
  expect(ledger.firstUnseen(unified)).toMatchObject({ segmentId: "f0h0s3", row: 0 })
  expect(ledger.firstUnseen(split)).toMatchObject({ segmentId: "f0h0r0", row: 20 })
  expect(ledger.summary()).toMatchObject({ seenPercent: 60, seenHunkCount: 0, isAllSeen: false })
  ledger.mark(rowsIn(split).slice(20).flat())
  expect(ledger.summary()).toMatchObject({ seenPercent: 100, seenHunkCount: 1, isAllSeen: true })
  expect(ledger.firstUnseen(unified)).toBeNull()
})

test("a flag names its number where the view has it", () => {
  expect(flagWords("hidden_characters", 1)).toBe("1 hidden character")
  expect(flagWords("hidden_characters", 3)).toBe("3 hidden characters")
  expect(flagWords("hidden_characters")).toBe("hidden characters")
  expect(flagWords("brand_new", 3)).toBe("brand new")
})

function modelOf(before: string | null, after: string | null): FileModel {
  const side = (text: string) => ({
    bytes: new TextEncoder().encode(text),
    digest: text,
    mode: "100644" as const,
  })
  const { text: preview } = diffFile({
    path: "a.txt",
    before: before === null ? null : side(before),
    after: after === null ? null : side(after),
    workMax: 1e6,
  })
  const counts = { added: 0, removed: 0, flags: [], hiddenCharacters: 0 }
  const [file] = diffModel([
    { kind: "file", path: "a.txt", workspace: "main", op: "update", preview, ...counts },
  ])
  if (file === undefined) throw new Error("There is no file.")
  return file
}

function linesOf({ hunks }: FileModel) {
  return hunks.flatMap(({ segments }) => segments.flatMap(({ lines }) => lines))
}

function textOf(seed: number): string {
  let state = seed * 2654435761
  const next = (max: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state % max
  }
  return Array.from({ length: 1 + next(30) }, () => `${"abc"[next(3)] ?? ""}\n`).join("")
}
