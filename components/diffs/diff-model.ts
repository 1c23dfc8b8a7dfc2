import type { Block, PatchBlock } from "./block"
import { fieldHunk, type FieldRow } from "./field-model"
import type { DiffHunk, DiffLine, UnifiedDiff } from "./parse-unified"
import { readPatch } from "./read-patch"

/** What a change's view is made of: each part's target, what the server counted, and its diff. */
export type DiffPart = Readonly<{
  kind: string
  path: string
  workspace: string
  op: string
  added: number
  removed: number
  flags: readonly string[]
  hiddenCharacters: number
  preview: string
  /** What is to know before its lines. */
  notes?: readonly string[]
  /** What a record changes, in place of a patch of lines. */
  fields?: readonly FieldRow[]
  /** What a part is made of that is neither. */
  blocks?: readonly Block[]
  /** Where its whole text can be asked for: the approval, and the part's place in it, from 1. */
  origin?: Readonly<{ approvalId: string; position: number }>
  /** Which call of a plan it belongs to, from 1; nothing where the change is all there is. */
  call?: number
}>

/** What stands beside each other: the old line, the new one, or both; a line of context is on both sides. */
export type SplitRow = Readonly<{ old: DiffLine | null; new: DiffLine | null }>

/** A stretch of lines short enough to be on one screen; what "seen" is measured by. */
export type Segment = Readonly<{
  id: string
  lines: readonly DiffLine[]
  /** The same lines side by side, where they are laid out so. */
  rows?: readonly SplitRow[]
  fields?: readonly FieldRow[]
}>

export type HunkModel = Readonly<{
  id: string
  title: string
  segments: readonly Segment[]
  /** What it is folded under until somebody opens it. */
  fold?: Fold
}>

/** Hunks under one fold stand together. `words`: what it holds. `isOpen`: from the beginning. */
export type Fold = Readonly<{ id: string; title: string; words: string; isOpen: boolean }>

export type FileModel = Readonly<{
  id: string
  part: DiffPart
  notes: readonly string[]
  hunks: readonly HunkModel[]
  /** What is said above the first part of a plan's call. It has to be on screen as well. */
  head?: Segment
}>

const segmentLinesMax = 40

/**
 * The change as the page lays it out. Every part has at least one hunk, so
 * that also an empty file, a mode or a binary has to be seen.
 */
export function diffModel(parts: readonly DiffPart[]): FileModel[] {
  return parts.map((part, index) => {
    const isFirst = part.call !== undefined && part.call !== parts[index - 1]?.call
    const file = fileModel(`f${index}`, part)
    return isFirst ? { ...file, head: { id: `call${part.call}`, lines: [] } } : file
  })
}

function fileModel(id: string, part: DiffPart): FileModel {
  if (part.fields !== undefined) return { id, part, notes: [], hunks: [fieldHunk(`${id}h0`, part.fields)] }
  if (part.blocks !== undefined)
    return { id, part, notes: [], hunks: atLeastOne(id, blockHunks(id, part.blocks)) }

  const diff = readPatch(part.preview)
  const hunks = diff.hunks.map((hunk, at) => hunkModel(`${id}h${at}`, hunk))
  return { id, part, notes: [...(part.notes ?? []), ...notesOf(diff)], hunks: atLeastOne(id, hunks) }
}

function atLeastOne(id: string, hunks: readonly HunkModel[]): readonly HunkModel[] {
  if (hunks.length > 0) return hunks
  return [{ id: `${id}h0`, title: "", segments: [{ id: `${id}h0s0`, lines: [] }] }]
}

/** Each block of a part, watched like the hunks of a file. */
function blockHunks(id: string, blocks: readonly Block[]): HunkModel[] {
  return blocks.flatMap((block, at) => {
    const blockId = `${id}b${at}`
    if ("fields" in block) return [{ ...fieldHunk(blockId, block.fields), title: block.title }]
    if ("lines" in block) {
      const lines = block.lines.map((text, index) => newLine(text, index + 1))
      return [hunkModel(blockId, { header: block.title, lines })]
    }
    const hunks = readPatch(block.patch).hunks
    const fold = foldOf(blockId, block, hunks)
    return hunks.map((hunk, index) => ({ ...hunkModel(`${blockId}h${index}`, hunk), fold }))
  })
}

function foldOf(id: string, block: PatchBlock, hunks: readonly DiffHunk[]): Fold {
  const lines = hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0)
  const words = `${block.holds}: ${lines} ${lines === 1 ? "line" : "lines"} in ${hunks.length} ${hunks.length === 1 ? "hunk" : "hunks"}`
  return { id, title: block.title, words, isOpen: block.isOpen }
}

function newLine(text: string, number: number): DiffLine {
  return { kind: "added", oldNumber: null, newNumber: number, text, lacksNewline: false }
}

function hunkModel(id: string, hunk: DiffHunk): HunkModel {
  const segments: Segment[] = []
  for (let at = 0; at < hunk.lines.length; at += segmentLinesMax) {
    segments.push({ id: `${id}s${segments.length}`, lines: hunk.lines.slice(at, at + segmentLinesMax) })
  }

  return { id, title: hunk.header, segments }
}

function notesOf(diff: UnifiedDiff): string[] {
  if (diff.notes.some((note) => note.startsWith("Binary files "))) {
    const known = diff.notes.filter((note) => !note.startsWith("Binary files "))
    return ["The content cannot be shown as text. Only its size and digest can be compared:", ...known]
  }

  const { oldMode, newMode } = diff
  const isEmpty = diff.hunks.length === 0 && diff.notes.length === 0
  if (diff.isNew && newMode === "100755") {
    return [isEmpty ? "New file, empty, executable" : "New file, executable", ...diff.notes]
  }
  if (diff.isNew && isEmpty) return ["New file, empty"]
  if (diff.isDeleted && oldMode === "100755") {
    return [
      isEmpty ? "Deleted file, was empty and executable" : "Deleted file, was executable",
      ...diff.notes,
    ]
  }
  if (diff.isDeleted && isEmpty) return ["Deleted file, was empty", ...diff.notes]
  if (oldMode !== null && newMode !== null && oldMode !== newMode) {
    return [`Mode ${modeWords(oldMode)} → ${modeWords(newMode)}`, ...diff.notes]
  }
  return [...diff.notes]
}

function modeWords(mode: string): string {
  return mode === "100755" ? "100755 (executable)" : `${mode} (not executable)`
}
