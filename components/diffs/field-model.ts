import type { FieldText } from "@/lib/changes/field-rows"
import type { DiffLine } from "./parse-unified"

/** Something that is so, with no before: a recipient, a folder. `note`: what is said where there is no value. */
export type Fact = Readonly<{
  op: "fact"
  path: string
  from: null
  to: string | null
  note: string
  flags: readonly string[]
}>

/** One row of a table: a field's change, or a fact. */
export type FieldRow = FieldText | Fact

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
