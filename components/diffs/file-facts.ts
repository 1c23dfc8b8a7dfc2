import type { PartView } from "@/lib/changes/change"
import type { Block } from "./block"
import { fact } from "./fact"
import type { FieldRow } from "./field-model"

/** What facts about a file are made of; the states are those that are hashed. */
export type FileStates = Readonly<{
  op: string
  target: Readonly<Record<string, string>>
  before: PartView["before"]
  after: PartView["after"]
}>

/**
 * A file's change that is not, or not only, one of lines: a move, a mode, a
 * content that is no text. Null when its lines say it all.
 */
export function fileFacts(file: FileStates, preview: string): Block[] | null {
  const isBinary = /^Binary files /m.test(preview)
  const isSame = digestOf(file.before) !== null && digestOf(file.before) === digestOf(file.after)
  if (!isBinary && !isSame) return null

  const title = isBinary
    ? "This content cannot be inspected: only size, digest and first bytes can be compared"
    : "The content stays as it is"
  return [{ title, fields: [...placeRows(file), ...modeRows(file), ...contentRows(file, preview)] }]
}

/** What the lines of an update leave out: a mode that stays, where it is not the ordinary one. */
export function fileNotes({ before, after }: FileStates): string[] {
  const mode = modeWords(after)
  return isExecutable(before) && isExecutable(after) && mode !== null ? [`Mode ${mode}, as before`] : []
}

function isExecutable(state: FileStates["before"]): boolean {
  return state.state === "present" && state.mode === "100755"
}

function placeRows({ target }: FileStates): FieldRow[] {
  const { from, path } = target
  return from === undefined || path === undefined ? [] : [row("path", from, path)]
}

function modeRows({ before, after }: FileStates): FieldRow[] {
  const [old, next] = [modeWords(before), modeWords(after)]
  if (old === next) return old === null ? [] : [fact("mode", old)]
  return [row("mode", old, next)]
}

function contentRows({ before, after }: FileStates, preview: string): FieldRow[] {
  const [old, next] = [sizeWords(before), sizeWords(after)]
  const [oldHead, nextHead] = [headIn(preview, "before"), headIn(preview, "after")]
  const digest =
    digestOf(before) === digestOf(after)
      ? fact("sha256", digestOf(after))
      : row("sha256", digestOf(before), digestOf(after))
  const heads = oldHead === null && nextHead === null ? [] : [row("first bytes", oldHead, nextHead)]

  return [old === next ? fact("size", next) : row("size", old, next), digest, ...heads]
}

function row(path: string, from: string | null, to: string | null): FieldRow {
  if (from === null) return { op: "add", path, from, to }
  return { op: to === null ? "remove" : "replace", path, from, to }
}

/** The first bytes in hex, as the diff of a binary has them. Its lines are ours: those of a content begin with a sign. */
function headIn(preview: string, side: "before" | "after"): string | null {
  return new RegExp(`^${side} .*, begins ([0-9a-f ]*)$`, "m").exec(preview)?.[1] ?? null
}

function digestOf(state: FileStates["before"]): string | null {
  return state.state === "present" ? state.digest : null
}

function sizeWords(state: FileStates["before"]): string | null {
  return state.state === "present" ? `${state.bytes.toLocaleString("en-US")} bytes` : null
}

function modeWords(state: FileStates["before"]): string | null {
  if (state.state === "absent") return null
  return state.mode === "100755" ? "100755 (executable)" : "100644 (not executable)"
}
