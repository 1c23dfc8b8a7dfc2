import { expect, test } from "vitest"
import { diffModel } from "@/components/diffs/diff-model"
import { withMoves } from "@/components/diffs/moved-lines"
import { diffFile } from "@/lib/changes/file-diff"

const block = ["const price = 49", "const currency = EUR", "", "export { price }"]
const other = Array.from({ length: 12 }, (_, index) => `line ${index} stays here`)

test("says of a block where it went and where it came from, and leaves every line as it is", () => {
  const files = modelOf([["a.ts", [...block, ...other], [...other, ...block]]])
  const moved = withMoves(files)

  expect(labels(moved)).toEqual([
    ["removed", "const price = 49", "4 lines moved to line 13"],
    ["added", "const price = 49", "4 lines moved from line 1"],
  ])
  expect(linesOf(moved).map(({ moved: _, ...line }) => line)).toEqual(linesOf(files))
})

test("names the other file where a block moved between two", () => {
  const files = modelOf([
    ["a.ts", [...block, ...other], other],
    ["b.ts", other, [...other, ...block]],
  ])

  expect(labels(withMoves(files)).map(([, , words]) => words)).toEqual([
    "4 lines moved to line 13 of b.ts",
    "4 lines moved from line 1 of a.ts",
  ])
})

test.each([
  ["two lines", block.slice(0, 2)],
  ["lines with nothing on them", ["", " ", "", ""]],
  ["brackets", ["}", "  }", "}", "})"]],
])("says nothing of %s", (_, few) => {
  expect(labels(withMoves(modelOf([["a.ts", [...few, ...other], [...other, ...few]]])))).toEqual([])
})

test("says nothing of a whole replacement, in which everything would have moved", () => {
  const files = modelOf([["a.ts", [...block, ...other], [...other, ...block]]], ["diff_degraded"])
  expect(withMoves(files)).toBe(files)
})

test("takes no line for part of two moves", () => {
  const files = modelOf([["a.ts", [...block, ...other], [...other, ...block, "between", ...block]]])
  expect(labels(withMoves(files))).toHaveLength(2)
})

test("costs little, also where one line stands for itself over and over", () => {
  const same = Array.from({ length: 20_000 }, (_, at) => `the same line ${at % 20}`)
  const files = modelOf([
    ["a.ts", [...same, ...other], other],
    ["b.ts", other, [...other, ...same]],
  ])
  const started = performance.now()
  withMoves(files)

  expect(performance.now() - started).toBeLessThan(1_000)
})

type Files = Parameters<typeof withMoves>[0]

function modelOf(
  files: readonly (readonly [string, readonly string[], readonly string[]])[],
  flags: readonly string[] = [],
): Files {
  const counts = { added: 0, removed: 0, flags, hiddenCharacters: 0 }
  return diffModel(
    files.map(([path, before, after]) => {
      const { text: preview } = diffFile({ path, before: side(before), after: side(after), workMax: 1e7 })
      return { kind: "file", path, workspace: "main", op: "update", preview, ...counts }
    }),
  )
}

function side(lines: readonly string[]) {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""))
  return { bytes, digest: lines.join(), mode: "100644" as const }
}

function linesOf(files: Files) {
  return files.flatMap(({ hunks }) => hunks.flatMap(({ segments }) => segments.flatMap(({ lines }) => lines)))
}

function labels(files: Files) {
  return linesOf(files)
    .filter(({ moved }) => moved !== undefined)
    .map(({ kind, text, moved }) => [kind, text, moved])
}
