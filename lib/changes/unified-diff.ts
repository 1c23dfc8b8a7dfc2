import { quotePath } from "./git-path"
import { diffLines } from "./line-diff"
import type { LineEdit } from "./settle-edits"

export type FileMode = "100644" | "100755"

export type Hunks = Readonly<{ text: string; added: number; removed: number; removedText: string }>

const contextLines = 3

/** What a file is before and after; null = absent. `from`: where a file that moves was. */
export type Sides<Side> = Readonly<{
  path: string
  from?: string | undefined
  before: Side | null
  after: Side | null
}>

/**
 * The first lines of a git patch: names, and mode, creation or deletion. An
 * `index` line would carry SHA-1 names that we never compute.
 */
export function patchHeader({ path, from, before, after }: Sides<{ mode: FileMode }>): string {
  const first = `diff --git ${quotePath(`a/${from ?? path}`)} ${quotePath(`b/${path}`)}\n`
  if (before === null) return `${first}new file mode ${after?.mode ?? "100644"}\n`
  if (after === null) return `${first}deleted file mode ${before.mode}\n`

  const modes = before.mode === after.mode ? "" : `old mode ${before.mode}\nnew mode ${after.mode}\n`
  if (from === undefined) return `${first}${modes}`
  return `${first}${modes}similarity index 100%\nrename from ${quotePath(from)}\nrename to ${quotePath(path)}\n`
}

/**
 * What stands instead of labels and hunks when an empty file comes or goes:
 * git's constant name of no content, without which GNU patch 2.7 keeps the file.
 */
export function emptyFileIndex({ before, after }: Sides<unknown>): string {
  if (before !== null && after !== null) return ""
  return before === null ? "index 0000000..e69de29\n" : "index e69de29..0000000\n"
}

/** The `---` and `+++` lines, which stand only in front of hunks. */
export function fileLabels({ path, before, after }: Sides<unknown>): string {
  const from = before === null ? "/dev/null" : quotePath(`a/${path}`)
  const to = after === null ? "/dev/null" : quotePath(`b/${path}`)
  return `--- ${from}\n+++ ${to}\n`
}

/** Every line, its `\n` included. Only `\n` ends a line; the last one may lack it. */
export function splitLines(text: string): string[] {
  const lines: string[] = []
  let start = 0
  while (start < text.length) {
    const newline = text.indexOf("\n", start)
    const end = newline === -1 ? text.length : newline + 1
    lines.push(text.slice(start, end))
    start = end
  }

  return lines
}

export function countLines(text: string): number {
  let count = text === "" || text.endsWith("\n") ? 0 : 1
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++
  return count
}

/** The hunks that turn `before` into `after`, or null when that takes more than `workMax` steps. */
export function unifiedHunks(
  before: string,
  after: string,
  workMax: number,
): Readonly<{ hunks: Hunks | null; work: number }> {
  const [beforeLines, afterLines] = [splitLines(before), splitLines(after)]
  const { edits, work } = diffLines(beforeLines, afterLines, workMax)
  if (edits === null) return { hunks: null, work }

  const out: string[] = []
  for (const group of groupEdits(edits)) writeHunk(out, group, beforeLines, afterLines)

  return { hunks: { text: out.join(""), ...countEdits(edits, beforeLines) }, work }
}

/** One hunk without context: all of `before` removed, all of `after` added. Correct for any input, and linear. */
export function wholeReplacement(before: string, after: string): Hunks {
  const [removed, added] = [countLines(before), countLines(after)]
  const header = hunkHeader({ beforeAt: 0, removed, afterAt: 0, added })
  const text = `${header}${prefixLines("-", before)}${prefixLines("+", after)}`

  return { text: removed + added === 0 ? "" : text, added, removed, removedText: before }
}

function prefixLines(sign: string, text: string): string {
  if (text === "") return ""

  const isTerminated = text.endsWith("\n")
  const lines = isTerminated ? text.slice(0, -1) : text
  return `${sign}${lines.split("\n").join(`\n${sign}`)}\n${isTerminated ? "" : noNewline}`
}

const noNewline = "\\ No newline at end of file\n"

function countEdits(edits: readonly LineEdit[], beforeLines: readonly string[]) {
  let [added, removed] = [0, 0]
  const removedLines: string[] = []
  for (const edit of edits) {
    added += edit.added
    removed += edit.removed
    for (let at = edit.beforeAt; at < edit.beforeAt + edit.removed; at++)
      removedLines.push(beforeLines[at] ?? "")
  }

  return { added, removed, removedText: removedLines.join("") }
}

/** Edits whose contexts touch share a hunk. */
function groupEdits(edits: readonly LineEdit[]): LineEdit[][] {
  const groups: LineEdit[][] = []
  let end = -Infinity
  for (const edit of edits) {
    if (edit.beforeAt - end <= 2 * contextLines) groups.at(-1)?.push(edit)
    else groups.push([edit])
    end = edit.beforeAt + edit.removed
  }

  return groups
}

function writeHunk(
  out: string[],
  group: readonly LineEdit[],
  before: readonly string[],
  after: readonly string[],
): void {
  const [first, last] = [group[0], group.at(-1)]
  if (first === undefined || last === undefined) return

  const lead = Math.min(contextLines, first.beforeAt)
  const lastEnd = last.beforeAt + last.removed
  const tail = Math.min(contextLines, before.length - lastEnd)
  const [beforeAt, afterAt] = [first.beforeAt - lead, first.afterAt - lead]
  const removed = lastEnd + tail - beforeAt
  const added = last.afterAt + last.added + tail - afterAt
  out.push(hunkHeader({ beforeAt, removed, afterAt, added }))

  let at = beforeAt
  for (const edit of group) {
    writeLines(out, " ", before, at, edit.beforeAt)
    writeLines(out, "-", before, edit.beforeAt, edit.beforeAt + edit.removed)
    writeLines(out, "+", after, edit.afterAt, edit.afterAt + edit.added)
    at = edit.beforeAt + edit.removed
  }
  writeLines(out, " ", before, at, lastEnd + tail)
}

function writeLines(out: string[], sign: string, lines: readonly string[], from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const line = lines[at] ?? ""
    out.push(sign, line)
    if (!line.endsWith("\n")) out.push("\n", noNewline)
  }
}

function hunkHeader({ beforeAt, removed, afterAt, added }: LineEdit): string {
  return `@@ -${hunkRange(beforeAt, removed)} +${hunkRange(afterAt, added)} @@\n`
}

/** An empty range names the line before it, as POSIX and git do. */
function hunkRange(at: number, length: number): string {
  if (length === 0) return `${at},0`
  return length === 1 ? `${at + 1}` : `${at + 1},${length}`
}
