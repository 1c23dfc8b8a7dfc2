import type { FileModel } from "./diff-model"
import type { DiffLine } from "./parse-unified"

/** Fewer lines with something on them are no block that moved; nor is one with fewer letters and digits. */
const blockLinesMin = 3
const blockLettersMin = 20

/** A line that was removed in more places than this begins no block. */
const placesMax = 32

/** How many lines may be looked at in all, so that a change of one line over and over stays quick. */
const stepsMax = 500_000

/** Lines that stand together with the same sign, and the file they are in. */
type Run = Readonly<{ path: string; lines: readonly DiffLine[] }>
type Place = Readonly<{ run: Run; at: number }>
type Move = Readonly<{ from: Place; to: Place; length: number }>

/**
 * The same change with a word on each block of lines that was removed in one
 * place and added in another: on its first line, here and there. Nothing is
 * hidden, and every line stays as it is otherwise.
 */
export function withMoves(files: readonly FileModel[]): readonly FileModel[] {
  const words = new Map<DiffLine, string>()
  for (const { from, to, length } of movesIn(files)) {
    const [first, last] = [from.run.lines[from.at], to.run.lines[to.at]]
    if (first === undefined || last === undefined) continue
    const isSameFile = from.run.path === to.run.path
    const place = (run: Run, number: number | null) =>
      `line ${number ?? 0}${isSameFile ? "" : ` of ${run.path}`}`
    words.set(first, `${length} lines moved to ${place(to.run, last.newNumber)}`)
    words.set(last, `${length} lines moved from ${place(from.run, first.oldNumber)}`)
  }
  return words.size === 0 ? files : files.map((file) => labelled(file, words))
}

/** Each move there is; no line is part of two. */
export function movesIn(files: readonly FileModel[]): Move[] {
  // All of a whole replacement would have moved, which says nothing.
  const compared = files.filter(({ part }) => !part.flags.includes("diff_degraded"))
  const places = placesIn(runsOf(compared, "removed"))
  if (places.size === 0) return []

  const taken = new Set<DiffLine>()
  const moves: Move[] = []
  const work = { left: stepsMax }
  for (const run of runsOf(compared, "added")) {
    for (let at = 0; at < run.lines.length && work.left > 0;) {
      const move = longestFrom({ run, at }, places, taken, work)
      if (move === null) {
        at += 1
        continue
      }
      moves.push(move)
      for (const line of blockOf(move.from, move.length)) taken.add(line)
      at += move.length
    }
  }

  return moves
}

function runsOf(files: readonly FileModel[], kind: DiffLine["kind"]): Run[] {
  const runs: { path: string; lines: DiffLine[] }[] = []
  for (const { part, hunks } of files) {
    for (const hunk of hunks) {
      let run: DiffLine[] | null = null
      for (const line of hunk.segments.flatMap(({ lines }) => lines)) {
        // Fields and facts have no place among lines.
        if (line.kind !== kind || (line.oldNumber ?? line.newNumber) === null) run = null
        else if (run !== null) run.push(line)
        else runs.push({ path: part.path, lines: (run = [line]) })
      }
    }
  }
  return runs
}

function placesIn(runs: readonly Run[]): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, Place[]>()
  for (const run of runs) {
    for (const [at, { text }] of run.lines.entries()) {
      if (isBlank(text)) continue
      const known = places.get(text)
      if (known === undefined) places.set(text, [{ run, at }])
      else if (known.length <= placesMax) known.push({ run, at })
    }
  }
  return places
}

function longestFrom(
  to: Place,
  places: ReadonlyMap<string, readonly Place[]>,
  taken: ReadonlySet<DiffLine>,
  work: { left: number },
): Move | null {
  const candidates = places.get(to.run.lines[to.at]?.text ?? "") ?? []
  if (candidates.length > placesMax) return null

  let best: Move | null = null
  for (const from of candidates) {
    const length = lengthOf(from, to, taken)
    work.left -= length + 1
    if (length > (best?.length ?? 0)) best = { from, to, length }
  }
  return best !== null && isBlock(blockOf(best.from, best.length)) ? best : null
}

function lengthOf(from: Place, to: Place, taken: ReadonlySet<DiffLine>): number {
  let length = 0
  for (;;) {
    const [old, next] = [from.run.lines[from.at + length], to.run.lines[to.at + length]]
    if (old === undefined || next === undefined || old.text !== next.text || taken.has(old)) return length
    length += 1
  }
}

function blockOf({ run, at }: Place, length: number): readonly DiffLine[] {
  return run.lines.slice(at, at + length)
}

function isBlock(lines: readonly DiffLine[]): boolean {
  const letters = lines.reduce((sum, { text }) => sum + (text.match(/[\p{L}\p{N}]/gu)?.length ?? 0), 0)
  return lines.filter(({ text }) => !isBlank(text)).length >= blockLinesMin && letters >= blockLettersMin
}

function isBlank(text: string): boolean {
  return text.trim() === ""
}

function labelled(file: FileModel, words: ReadonlyMap<DiffLine, string>): FileModel {
  const label = (line: DiffLine) => {
    const moved = words.get(line)
    return moved === undefined ? line : { ...line, moved }
  }
  const hunks = file.hunks.map((hunk) => ({
    ...hunk,
    segments: hunk.segments.map((segment) => ({ ...segment, lines: segment.lines.map(label) })),
  }))

  return { ...file, hunks }
}
