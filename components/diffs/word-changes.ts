import { diffWordsWithSpace } from "diff"
import type { DiffLine } from "./parse-unified"

/** A stretch of a line, by code units: from `start` up to and without `end`. */
export type Range = Readonly<{ start: number; end: number }>

/** Longer lines are not compared word by word; they are all marked as changed anyway. */
const lineLengthMax = 600

/**
 * Which words changed, for lines that stand against each other: the first
 * removed line of a block against its first added one, and so on. A line of
 * which most changed has no marks; they would only be noise.
 */
export function wordChanges(lines: readonly DiffLine[]): ReadonlyMap<DiffLine, readonly Range[]> {
  const marks = new Map<DiffLine, readonly Range[]>()
  for (let at = 0; at < lines.length;) {
    const removed = takeWhile(lines, at, "removed")
    const added = takeWhile(lines, at + removed.length, "added")
    for (const [index, before] of removed.entries()) {
      const after = added[index]
      if (after !== undefined) markPair(before, after, marks)
    }
    at += Math.max(1, removed.length + added.length)
  }

  return marks
}

function takeWhile(lines: readonly DiffLine[], from: number, kind: DiffLine["kind"]): readonly DiffLine[] {
  let end = from
  while (lines[end]?.kind === kind) end += 1
  return lines.slice(from, end)
}

function markPair(before: DiffLine, after: DiffLine, marks: Map<DiffLine, readonly Range[]>): void {
  if (Math.max(before.text.length, after.text.length) > lineLengthMax) return

  const [removed, added]: [Range[], Range[]] = [[], []]
  let [oldAt, newAt, same] = [0, 0, 0]
  for (const { value, added: isAdded, removed: isRemoved } of diffWordsWithSpace(before.text, after.text)) {
    if (isRemoved) removed.push({ start: oldAt, end: oldAt + value.length })
    else if (isAdded) added.push({ start: newAt, end: newAt + value.length })
    else same += value.trim().length
    if (!isAdded) oldAt += value.length
    if (!isRemoved) newAt += value.length
  }

  if (same * 3 < Math.min(before.text.trim().length, after.text.trim().length)) return
  marks.set(before, removed)
  marks.set(after, added)
}
