import type { HunkModel } from "./diff-model"
import type { DiffLine } from "./parse-unified"
import { wordChanges, type Range } from "./word-changes"

export type LineMarks = ReadonlyMap<DiffLine, readonly Range[]>

/** Hunks with more lines than this are rewrites; word marks would say nothing. */
const markedLinesMax = 800

const none: LineMarks = new Map()
const known = new WeakMap<HunkModel, LineMarks>()

/** Which words of a hunk changed, worked out once, when it comes near. */
export function hunkMarks(hunk: HunkModel): LineMarks {
  const marks = known.get(hunk) ?? marksIn(hunk)
  known.set(hunk, marks)
  return marks
}

function marksIn({ segments }: HunkModel): LineMarks {
  const count = segments.reduce((sum, { lines }) => sum + lines.length, 0)
  return count > markedLinesMax ? none : wordChanges(segments.flatMap(({ lines }) => lines))
}
