import type { FileModel, HunkModel, Segment, SplitRow } from "./diff-model"
import type { DiffLine } from "./parse-unified"

const segmentRowsMax = 40

/**
 * The same change laid out side by side. Where there are not two sides - a new
 * file, a deleted one, the fields of a record - it stays as it is, also by its ids.
 */
export function splitModel(files: readonly FileModel[]): FileModel[] {
  return files.map((file) => (hasTwoSides(file) ? { ...file, hunks: file.hunks.map(splitHunk) } : file))
}

/** Whether anything of a file could stand beside anything else. */
export function hasTwoSides({ part, hunks }: FileModel): boolean {
  if (part.fields !== undefined || part.blocks !== undefined) return false
  const kinds = new Set(hunks.flatMap(linesOf).map(({ kind }) => kind))
  return kinds.has("context") || kinds.size > 1
}

function splitHunk(hunk: HunkModel): HunkModel {
  const rows = splitRows(linesOf(hunk))
  const segments: Segment[] = []
  for (let at = 0; at < rows.length; at += segmentRowsMax) {
    const some = rows.slice(at, at + segmentRowsMax)
    segments.push({ id: `${hunk.id}r${segments.length}`, lines: linesIn(some), rows: some })
  }

  return { ...hunk, segments }
}

/** The first removed line of a block beside its first added one, and so on; each line once, in order. */
export function splitRows(lines: readonly DiffLine[]): SplitRow[] {
  const rows: SplitRow[] = []
  let [removed, added]: [DiffLine[], DiffLine[]] = [[], []]
  const endBlock = () => {
    const count = Math.max(removed.length, added.length)
    for (let at = 0; at < count; at += 1) rows.push({ old: removed[at] ?? null, new: added[at] ?? null })
    ;[removed, added] = [[], []]
  }

  for (const line of lines) {
    if (line.kind === "added") {
      added.push(line)
      continue
    }
    if (line.kind === "context" || added.length > 0) endBlock()
    if (line.kind === "removed") removed.push(line)
    else rows.push({ old: line, new: line })
  }
  endBlock()
  return rows
}

function linesOf({ segments }: HunkModel): DiffLine[] {
  return segments.flatMap(({ lines }) => lines)
}

function linesIn(rows: readonly SplitRow[]): DiffLine[] {
  return rows.flatMap((row) => [...new Set([row.old, row.new])].filter((line) => line !== null))
}
