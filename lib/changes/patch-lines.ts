/** One line of a hunk. `text` has neither sign nor `\n`, but keeps a CR; numbers count from 1. */
export type PatchLine = Readonly<{
  kind: "context" | "removed" | "added"
  beforeNumber: number | null
  afterNumber: number | null
  text: string
  hasNewline: boolean
}>

export type PatchHunk = Readonly<{ header: string; lines: readonly PatchLine[] }>

/** `header` are the lines above the first hunk: names, modes, `Binary files … differ`. */
export type Patch = Readonly<{ header: readonly string[]; hunks: readonly PatchHunk[] }>

const kinds = { " ": "context", "-": "removed", "+": "added" } as const
const hunkStart = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/

/**
 * Reads one file's patch, as `diffFile` writes it, without losing a code point.
 * diff2html's parser drops CRs and every `\ No newline at end of file`, even
 * one that is content, so that changes which differ would look the same.
 *
 * @throws TypeError for text that `diffFile` cannot have written
 */
export function readPatch(text: string): Patch {
  const lines = text.split("\n")
  const firstHunk = lines.findIndex((line) => hunkStart.test(line))
  // The text ends in a newline, so the last element is the empty one behind it.
  const end = lines.length - 1
  const headerEnd = firstHunk === -1 ? end : firstHunk

  const hunks: PatchHunk[] = []
  for (let at = headerEnd; at < end;) {
    const hunk = readHunk(lines, at)
    hunks.push(hunk)
    at += 1 + hunk.lines.reduce((sum, line) => sum + (line.hasNewline ? 1 : 2), 0)
  }

  return { header: lines.slice(0, headerEnd), hunks }
}

/** The counts in its header say where a hunk ends; no content can end it early. */
function readHunk(lines: readonly string[], start: number): PatchHunk {
  const header = lines[start] ?? ""
  const [beforeAt, beforeLeft, afterAt, afterLeft] = rangesOf(header)
  const left = { before: beforeLeft, after: afterLeft }
  const next = {
    before: beforeLeft === 0 ? beforeAt + 1 : beforeAt,
    after: afterLeft === 0 ? afterAt + 1 : afterAt,
  }
  const read: PatchLine[] = []

  for (let at = start + 1; left.before > 0 || left.after > 0; at++) {
    const line = lines[at] ?? ""
    const sign = line.charAt(0)
    if (sign !== " " && sign !== "-" && sign !== "+")
      throw new TypeError(`Line ${at + 1} is no line of a hunk.`)

    const hasNewline = !(lines[at + 1] ?? "").startsWith("\\")
    if (!hasNewline) at++
    if (sign !== "+") left.before--
    if (sign !== "-") left.after--
    read.push({
      kind: kinds[sign],
      beforeNumber: sign === "+" ? null : next.before++,
      afterNumber: sign === "-" ? null : next.after++,
      text: line.slice(1),
      hasNewline,
    })
  }

  return { header, lines: read }
}

/** A length that is left out is 1. */
function rangesOf(header: string): [number, number, number, number] {
  const match = hunkStart.exec(header)
  if (match === null) throw new TypeError("A hunk starts with its ranges.")

  const [, beforeAt, beforeLines = "1", afterAt, afterLines = "1"] = match
  return [Number(beforeAt), Number(beforeLines), Number(afterAt), Number(afterLines)]
}
