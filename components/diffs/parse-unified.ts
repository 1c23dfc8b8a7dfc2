import { parse } from "diff2html/lib/diff-parser"

export type LineKind = "context" | "added" | "removed"

/** One line of a diff. `text` has neither its sign nor its line end; a carriage return is part of it. */
export type DiffLine = Readonly<{
  kind: LineKind
  oldNumber: number | null
  newNumber: number | null
  text: string
  /** The file ends here without a newline. */
  lacksNewline: boolean
  /** What is said of the first line of a block that moved: `4 lines moved from line 12`. */
  moved?: string
}>

export type DiffHunk = Readonly<{ header: string; lines: readonly DiffLine[] }>

/** One file's diff. `notes` are lines that stand outside hunks and say something: binary files, their sizes. */
export type UnifiedDiff = Readonly<{
  isNew: boolean
  isDeleted: boolean
  oldMode: string | null
  newMode: string | null
  notes: readonly string[]
  hunks: readonly DiffHunk[]
}>

/**
 * Reads one file's unified diff with diff2html's parser.
 *
 * That parser takes `\r` for a line end, forgets the missing-newline marks
 * wherever they stand and can mistake content for headers. So content never
 * reaches it: it reads the same diff with a number in place of each line, and
 * the lines are put back afterwards, each exactly once.
 *
 * @throws Error when the text is not a unified diff of one file
 */
export function parseUnified(text: string): UnifiedDiff {
  if (!text.startsWith("diff --git ")) throw new Error("This is not a diff.")

  const { skeleton, lines, notes } = readSkeleton(text)
  const [file, ...others] = parse(skeleton.join("\n"))
  if (!file || others.length > 0) throw new Error("This is not the diff of one file.")

  let next = 0
  const hunks = file.blocks.map(({ header, lines: numbered }) => ({
    header,
    lines: numbered.map(({ content, oldNumber, newNumber }) => {
      const line = lines[next]
      if (!line || content !== `${line.sign}${next}`) throw new Error("The diff's lines do not add up.")
      next += 1
      return toDiffLine(line, oldNumber ?? null, newNumber ?? null)
    }),
  }))
  if (next !== lines.length) throw new Error("The diff's lines do not add up.")

  return {
    isNew: file.isNew ?? false,
    isDeleted: file.isDeleted ?? false,
    oldMode: modeOf(file.oldMode ?? file.deletedFileMode),
    newMode: modeOf(file.newMode ?? file.newFileMode),
    notes,
    hunks,
  }
}

type ContentLine = { sign: string; text: string; lacksNewline: boolean }

function readSkeleton(text: string) {
  const skeleton = ["diff --git a/file b/file"]
  const lines: ContentLine[] = []
  const notes: string[] = []
  let [oldLeft, newLeft] = [0, 0]

  for (const line of withoutLastEnd(text).split("\n")) {
    if (line.startsWith("\\")) {
      const last = lines.at(-1)
      if (last) last.lacksNewline = true
    } else if (oldLeft > 0 || newLeft > 0) {
      const sign = signOf(line)
      if (sign !== "+") oldLeft -= 1
      if (sign !== "-") newLeft -= 1
      skeleton.push(`${sign}${lines.length}`)
      lines.push({ sign, text: line.slice(1), lacksNewline: false })
    } else {
      const header = hunkHeader.exec(line)
      if (header) [oldLeft, newLeft] = [countIn(header[1]), countIn(header[2])]
      readHeader(line, header !== null, skeleton, notes)
    }
  }

  if (oldLeft !== 0 || newLeft !== 0) throw new Error("The diff ends within a hunk.")
  return { skeleton, lines, notes }
}

const hunkHeader = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/

/** Names become `file`: which file this is, the change's own target says, and says it exactly. */
function readHeader(line: string, isHunk: boolean, skeleton: string[], notes: string[]): void {
  if (isHunk || /^(?:old mode|new mode|new file mode|deleted file mode) \d{6}$/.test(line)) {
    skeleton.push(line)
  } else if (line.startsWith("--- ") || line.startsWith("+++ ")) {
    skeleton.push(`${line.slice(0, 4)}${sideName(line)}`)
  } else if (line !== "" && !line.startsWith("diff --git ")) {
    notes.push(line)
  }
}

function sideName(label: string): string {
  if (label.endsWith(" /dev/null")) return "/dev/null"
  return label.startsWith("-") ? "a/file" : "b/file"
}

function signOf(line: string): string {
  const sign = line.charAt(0)
  if (sign !== "+" && sign !== "-" && sign !== " ") throw new Error("A hunk has a line without a sign.")
  return sign
}

function countIn(digits: string | undefined): number {
  return digits === undefined ? 1 : Number(digits)
}

function withoutLastEnd(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text
}

const kinds: Readonly<Record<string, LineKind>> = { "+": "added", "-": "removed" }

function toDiffLine(line: ContentLine, oldNumber: number | null, newNumber: number | null): DiffLine {
  const { sign, text, lacksNewline } = line
  return { kind: kinds[sign] ?? "context", oldNumber, newNumber, text, lacksNewline }
}

function modeOf(mode: string | string[] | undefined): string | null {
  return typeof mode === "string" ? mode : null
}
