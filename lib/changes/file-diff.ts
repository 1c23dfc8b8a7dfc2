import { isConfusable } from "@/lib/kernel/confusables"
import { countHidden } from "@/lib/kernel/text"
import { inOrder, largeChangeLines, type PartFlag } from "./flags"
import { quotePath } from "./git-path"
import { shownFlags, textFlags } from "./text-flags"
import {
  countLines,
  emptyFileIndex,
  fileLabels,
  patchHeader,
  unifiedHunks,
  wholeReplacement,
  type FileMode,
  type Hunks,
  type Sides,
} from "./unified-diff"

export type FileSide = Readonly<{ bytes: Uint8Array; digest: string; mode: FileMode }>

/** `workMax`: steps after which the diff is given up; `linesMax`: fewer lines than `diffLinesMax`; `isWhole`: do not even try. */
export type FileDiffTask = Sides<FileSide> &
  Readonly<{ workMax: number; linesMax?: number | undefined; isWhole?: boolean }>

/** `text` is the patch people read; `work` the steps it took. */
export type FileDiff = Readonly<{
  text: string
  added: number
  removed: number
  hiddenCharacters: number
  flags: readonly PartFlag[]
  work: number
}>

/** A side with more lines than this is shown as a whole replacement (SPEC 2.4). */
export const diffLinesMax = 50_000

/**
 * The diff of one file as git writes it, which `git apply` and GNU
 * `patch -p1` turn back into the exact bytes, and what the content itself
 * gives reason to warn about.
 */
export function diffFile(task: FileDiffTask): FileDiff {
  const before = task.before && decodeText(task.before.bytes)
  const after = task.after && decodeText(task.after.bytes)
  if (before === undefined || after === undefined) return binaryDiff(task)

  const { hunks, work } = hunksOf(task, before ?? "", after ?? "")
  const shown = hunks ?? wholeReplacement(before ?? "", after ?? "")
  const labels = shown.text === "" ? emptyFileIndex(task) : fileLabels(task)

  return {
    text: `${patchHeader(task)}${labels}${shown.text}`,
    ...flagged(
      task,
      shown,
      [after ?? "", shown.removedText],
      [
        ...textFlags(before, after),
        ...shownFlags(before ?? "", after ?? "", shown.text),
        ...(hunks ? [] : (["diff_degraded"] as const)),
      ],
    ),
    work,
  }
}

type Counts = Readonly<{ added: number; removed: number }>

/** Adds what can be told from modes and counts, and from every text that a reviewer will read, the path included. */
function flagged(
  { path, from = "", before, after }: FileDiffTask,
  { added, removed }: Counts,
  texts: readonly string[],
  found: readonly PartFlag[],
): Omit<FileDiff, "text" | "work"> {
  const hiddenCharacters = [path, from, ...texts].reduce((sum, text) => sum + countHidden(text), 0)
  const flags = new Set(found)
  if (hiddenCharacters > 0) flags.add("hidden_characters")
  if (isConfusable(path) || isConfusable(from)) flags.add("confusable")
  if (after && isExecutable(after) !== isExecutable(before)) flags.add("executable_bit")
  if (added + removed > largeChangeLines) flags.add("large_change")

  return { added, removed, hiddenCharacters, flags: inOrder(flags) }
}

function isExecutable(side: FileSide | null): boolean {
  return side?.mode === "100755"
}

function hunksOf(
  { workMax, linesMax = diffLinesMax, isWhole }: FileDiffTask,
  before: string,
  after: string,
): { hunks: Hunks | null; work: number } {
  const isTooLong = Math.max(countLines(before), countLines(after)) > Math.min(linesMax, diffLinesMax)
  if (isWhole || isTooLong) return { hunks: null, work: 0 }

  return unifiedHunks(before, after, workMax)
}

/** Undefined for what is no text: invalid UTF-8, or a NUL, after which tools stop reading. */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined

  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function binaryDiff(task: FileDiffTask): FileDiff {
  const from = task.before ? quotePath(`a/${task.path}`) : "/dev/null"
  const to = task.after ? quotePath(`b/${task.path}`) : "/dev/null"
  const isSame = task.before?.digest === task.after?.digest
  const text = isSame
    ? patchHeader(task)
    : `${patchHeader(task)}Binary files ${from} and ${to} differ\n` +
      `before ${describeBytes(task.before)}\nafter ${describeBytes(task.after)}\n`

  return { text, ...flagged(task, { added: 0, removed: 0 }, [], ["uninspectable"]), work: 0 }
}

function describeBytes(side: FileSide | null): string {
  if (side === null) return "absent"
  const head = Array.from(side.bytes.subarray(0, headBytes), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join(" ")
  return `${side.bytes.byteLength} bytes, sha256 ${side.digest}, begins ${head}`
}

/** How much of what is no text is shown: enough to tell what kind of file it is. */
const headBytes = 32
