import type { DiffLine } from "./parse-unified"

/** One field of a record: its JSON Pointer, and its old and new value as JSON text; null where there is none. */
export type FieldRow = Readonly<{
  op: "add" | "remove" | "replace"
  path: string
  from: string | null
  to: string | null
  /** What is said beside the name, in place of what happens to a field. */
  note?: string
}>

const rowsMax = 12

/** The fields of a record in stretches that are watched like those of a file. */
export function fieldHunk(id: string, fields: readonly FieldRow[]) {
  const segments: { id: string; lines: DiffLine[]; fields: readonly FieldRow[] }[] = []
  for (let at = 0; at < fields.length; at += rowsMax) {
    const rows = fields.slice(at, at + rowsMax)
    segments.push({ id: `${id}s${segments.length}`, lines: rows.flatMap(linesOf), fields: rows })
  }

  return { id, title: "", segments }
}

/** What a row counts as where stretches are measured in lines. */
function linesOf({ from, to }: FieldRow): DiffLine[] {
  return [...(from === null ? [] : [lineOf("removed", from)]), ...(to === null ? [] : [lineOf("added", to)])]
}

function lineOf(kind: "added" | "removed", text: string): DiffLine {
  return { kind, oldNumber: null, newNumber: null, text, lacksNewline: false }
}
