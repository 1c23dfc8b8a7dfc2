import fc from "fast-check"
import { expect, test } from "vitest"
import { diffLines } from "@/lib/changes/line-diff"

const someLines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 })

test("turns before into after", () => {
  fc.assert(
    fc.property(someLines, someLines, (before, after) => {
      expect(applied(before, after)).toEqual(after)
    }),
    { numRuns: 2_000 },
  )
})

test("is never longer than it must be", () => {
  fc.assert(
    fc.property(someLines, someLines, (before, after) => {
      const { edits } = diffLines(before, after, 1e6)
      const changed = (edits ?? []).reduce((sum, edit) => sum + edit.removed + edit.added, 0)
      expect(changed).toBe(before.length + after.length - 2 * longestCommon(before, after))
    }),
    { numRuns: 2_000 },
  )
})

test("keeps edits in order with an unchanged line between any two", () => {
  fc.assert(
    fc.property(someLines, someLines, (before, after) => {
      const edits = diffLines(before, after, 1e6).edits ?? []
      for (const [at, edit] of edits.entries()) {
        const last = edits[at - 1]
        if (last) expect(edit.beforeAt).toBeGreaterThan(last.beforeAt + last.removed)
        if (last) expect(edit.afterAt).toBeGreaterThan(last.afterAt + last.added)
      }
    }),
  )
})

test.each([
  ["after an opening line of its own", ["{", "a", "}", "{", "c", "}"], 3, ["{", "b", "}"]],
  ["between blank lines", ["a {", "}", "", "c {", "}"], 3, ["b {", "}", ""]],
  ["under a comment", ["/**", " * a", " */", "/**", " * c", " */"], 3, ["/**", " * b", " */"]],
])("shows a new block whole %s", (_, before, at, block) => {
  const after = before.toSpliced(at, 0, ...block)

  const [edit, ...others] = diffLines(before, after, 1e6).edits ?? []

  expect(others).toEqual([])
  expect(after.slice(edit?.afterAt, (edit?.afterAt ?? 0) + block.length)).toEqual(block)
})

test("gives up exactly where the work is used up, and on the same step every time", () => {
  const before = Array.from({ length: 200 }, (_, at) => String(at))
  const after = before.toReversed()
  const { work } = diffLines(before, after, 1e9)

  expect(diffLines(before, after, work).edits).not.toBeNull()
  expect(diffLines(before, after, Math.floor(work / 2)).edits).toBeNull()
  expect(diffLines(before, after, 1e9).work).toBe(work)
})

function applied(before: readonly string[], after: readonly string[]): string[] {
  const result: string[] = []
  let at = 0
  for (const edit of diffLines(before, after, 1e6).edits ?? []) {
    result.push(...before.slice(at, edit.beforeAt), ...after.slice(edit.afterAt, edit.afterAt + edit.added))
    at = edit.beforeAt + edit.removed
  }
  return [...result, ...before.slice(at)]
}

/** The textbook table, to check against. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0)
  for (const x of a) {
    const next = [0]
    for (const [at, y] of b.entries())
      next.push(x === y ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0))
    row = next
  }
  return row.at(-1) ?? 0
}
