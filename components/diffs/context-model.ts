import type { FileModel, HunkModel } from "./diff-model"
import type { DiffLine } from "./parse-unified"

/** Lines that a diff leaves out because they stay as they are: between two hunks, before the first, after the last. */
export type Gap = Readonly<{
  id: string
  /** Line numbers of the new text; `to` is null while nobody knows where the text ends. */
  from: number
  to: number | null
  /** What a line's old number is behind its new one. */
  shift: number
}>

/** How many lines of a gap are shown, from its top and from its bottom. */
export type GapShown = Readonly<{ top: number; bottom: number }>

/** How many lines one step shows. */
export const stepLines = 20

/** Diffs keep this many unchanged lines around what changes; a hunk with fewer at its end ends the file. */
const contextLines = 3

/** Whether a text stands behind this part of which the diff leaves something out. */
export function hasGaps({ part }: FileModel): boolean {
  const isText = part.kind === "file" || part.kind === "config"
  const isWhole = part.flags.includes("uninspectable") || part.flags.includes("diff_degraded")
  return isText && !isWhole && (part.op === "update" || part.op === "move")
}

/** The gap before each hunk, by the hunk's id, and the one after the last; none where nothing is left out. */
export function gapsIn(hunks: readonly HunkModel[]): Readonly<{
  before: ReadonlyMap<string, Gap>
  after: Gap | null
}> {
  const before = new Map<string, Gap>()
  let [next, shift] = [1, 0]
  if (hunks.some((hunk) => placeOf(hunk) === null)) return { before, after: null }

  for (const hunk of hunks) {
    const place = placeOf(hunk)
    if (place === null) continue
    const id = `${hunk.id}g`
    if (place.newFrom > next) before.set(hunk.id, { id, from: next, to: place.newFrom - 1, shift })
    ;[next, shift] = [place.newEnd, place.newEnd - place.oldEnd]
  }

  const last = hunks.at(-1)
  if (last === undefined || endsText(last)) return { before, after: null }
  return { before, after: { id: `${last.id}e`, from: next, to: null, shift } }
}

/** Lines of a gap as lines of context; `text` is all of the new text, by line. */
export function contextLinesOf(gap: Gap, text: readonly string[], from: number, count: number): DiffLine[] {
  return text.slice(from - 1, from - 1 + count).map((line, index) => ({
    kind: "context",
    oldNumber: from + index - gap.shift,
    newNumber: from + index,
    text: line,
    lacksNewline: false,
  }))
}

/** How many lines a gap has, once the text is there. */
export function linesInGap({ from, to }: Gap, text: readonly string[] | null): number | null {
  if (to !== null) return to - from + 1
  return text === null ? null : Math.max(0, text.length - from + 1)
}

/** Whether a text is the one that these hunks are about: each of its lines stands where they say. */
export function fitsHunks(text: readonly string[], hunks: readonly HunkModel[]): boolean {
  return hunks.every(
    (hunk) => placeOf(hunk) === null || hunk.segments.every(({ lines }) => lines.every(fits)),
  )

  function fits({ kind, newNumber, text: expected }: DiffLine): boolean {
    return kind === "removed" || newNumber === null || text[newNumber - 1] === expected
  }
}

/** A text in lines, as diffs count them: only a line feed ends one. */
export function textLines(text: string): string[] {
  const lines = text.split("\n")
  if (lines.at(-1) === "") lines.pop()
  return lines
}

const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/

/** Where a hunk begins, and the lines after its end. */
function placeOf({ title }: HunkModel): Readonly<{ newFrom: number; oldEnd: number; newEnd: number }> | null {
  const found = header.exec(title)
  if (found === null) return null
  const [oldAt, oldCount, newAt, newCount] = found
    .slice(1)
    .map((digits: string | undefined) => Number(digits ?? "1"))
  if (oldAt === undefined || newAt === undefined) return null
  // A side without lines names the line before it.
  const newFrom = newCount === 0 ? newAt + 1 : newAt
  const oldFrom = oldCount === 0 ? oldAt + 1 : oldAt
  return { newFrom, newEnd: newFrom + (newCount ?? 1), oldEnd: oldFrom + (oldCount ?? 1) }
}

function endsText({ segments }: HunkModel): boolean {
  const lines = segments.flatMap((segment) => segment.lines)
  const tail = lines.slice(-contextLines)
  return (
    tail.length < contextLines || tail.some(({ kind, lacksNewline }) => kind !== "context" || lacksNewline)
  )
}
