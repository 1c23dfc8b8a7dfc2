import { diffArrays } from "diff"
import { clusterEnd, clustersOf, clusterStart, wordsOf } from "./clusters"
import type { DiffLine } from "./parse-unified"

/** A stretch of a line, by code units: from `start` up to and without `end`. */
export type Range = Readonly<{ start: number; end: number }>

type Changes = Readonly<{ removed: readonly Range[]; added: readonly Range[] }>

/** What two lines have between their common ends is compared word by word up to this many code units. */
const comparedUnitsMax = 2_000

/** Where more words than this come and go, the whole stretch counts as changed. */
const editsMax = 80

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
      const changes = after && changedRanges(before.text, after.text)
      if (!after || !changes) continue
      marks.set(before, changes.removed)
      marks.set(after, changes.added)
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

/** What one line has and the other has not, never less than a grapheme cluster. Null when most of it changed. */
export function changedRanges(before: string, after: string): Changes | null {
  const { start, end } = commonEnds(before, after)
  const [old, next] = [before.slice(start, before.length - end), after.slice(start, after.length - end)]
  const changes = changesIn(old, next)
  const same = Math.min(
    inkIn(before) - inkOf(old, changes.removed),
    inkIn(after) - inkOf(next, changes.added),
  )
  if (same * 3 < Math.min(inkIn(before), inkIn(after))) return null

  return { removed: shifted(changes.removed, start), added: shifted(changes.added, start) }
}

/** How much of two long lines need not be compared, because it is the same; nothing of short ones, whose words count as wholes. */
function commonEnds(before: string, after: string): Readonly<{ start: number; end: number }> {
  const shorter = Math.min(before.length, after.length)
  if (Math.max(before.length, after.length) <= comparedUnitsMax) return { start: 0, end: 0 }

  let start = 0
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1
  start = settled(start, (at) => clusterStart(after, clusterStart(before, at)))

  let end = 0
  const fromEnd = (text: string, at: number) => text.charCodeAt(text.length - 1 - at)
  while (end < shorter - start && fromEnd(before, end) === fromEnd(after, end)) end += 1
  const cut = (text: string, at: number) => text.length - clusterEnd(text, text.length - at)
  return { start, end: settled(end, (at) => cut(after, cut(before, at))) }
}

/** A place that both lines agree on: what moves it in one may move it in the other. */
function settled(at: number, move: (at: number) => number): number {
  let [place, next] = [at, move(at)]
  while (next !== place) [place, next] = [next, move(next)]
  return place
}

function changesIn(before: string, after: string): Changes {
  const whole = { removed: rangesOf(0, before.length), added: rangesOf(0, after.length) }
  if (Math.max(before.length, after.length) > comparedUnitsMax) return whole

  const edits = diffArrays(wordsOf(before), wordsOf(after), { maxEditLength: editsMax })
  if (edits === undefined) return whole

  const [removed, added]: [Range[], Range[]] = [[], []]
  let [oldAt, newAt] = [0, 0]
  for (const [index, edit] of edits.entries()) {
    const text = edit.value.join("")
    const next = edits[index + 1]
    if (edit.removed) {
      const pair = next?.added === true ? withoutEnds(text, next.value.join("")) : null
      removed.push(...rangesOf(oldAt + (pair?.start ?? 0), oldAt + text.length - (pair?.end ?? 0)))
    }
    if (edit.added) {
      const last = edits[index - 1]
      const pair = last?.removed === true ? withoutEnds(last.value.join(""), text) : null
      added.push(...rangesOf(newAt + (pair?.start ?? 0), newAt + text.length - (pair?.end ?? 0)))
    }
    if (!edit.added) oldAt += text.length
    if (!edit.removed) newAt += text.length
  }

  return { removed, added }
}

/** How many code units two words share at their ends, cluster by cluster; null when that is less than half of them. */
function withoutEnds(before: string, after: string): Readonly<{ start: number; end: number }> | null {
  const [old, next] = [clustersOf(before), clustersOf(after)]
  const shorter = Math.min(old.length, next.length)
  let [first, last] = [0, 0]
  while (first < shorter && old[first] === next[first]) first += 1
  while (last < shorter - first && old.at(-1 - last) === next.at(-1 - last)) last += 1
  if ((first + last) * 2 < Math.max(old.length, next.length)) return null

  const unitsIn = (clusters: readonly string[]) => clusters.join("").length
  return { start: unitsIn(old.slice(0, first)), end: unitsIn(old.slice(old.length - last)) }
}

/** How much of a text is not blank. */
function inkIn(text: string): number {
  return text.replace(/\s+/g, "").length
}

function inkOf(text: string, ranges: readonly Range[]): number {
  return ranges.reduce((sum, { start, end }) => sum + inkIn(text.slice(start, end)), 0)
}

function rangesOf(start: number, end: number): Range[] {
  return start < end ? [{ start, end }] : []
}

function shifted(ranges: readonly Range[], by: number): Range[] {
  return ranges.map(({ start, end }) => ({ start: start + by, end: end + by }))
}
