import { canonicalize, pointerToken, type JsonValue } from "@deltaseal/guard/change"
import type { FieldChange } from "./field-change"

/** A field's change as text for a table: values as canonical JSON, null where there is none. */
export type FieldText = Readonly<{
  op: FieldChange["op"]
  path: string
  from: string | null
  to: string | null
}>

/** The rows of a record's diff. A record that comes or goes as a whole has a row for each member. */
export function fieldRows(preview: readonly FieldChange[]): FieldText[] {
  return preview.flatMap(spread).map((change) => ({
    op: change.op,
    path: change.path,
    from: "from" in change ? canonicalize(change.from) : null,
    to: "to" in change ? canonicalize(change.to) : null,
  }))
}

function spread(change: FieldChange): FieldChange[] {
  if (change.path !== "" || change.op === "replace") return [change]
  const members = membersOf(change.op === "add" ? change.to : change.from)
  if (members.length === 0) return [change]

  return members.map(([name, value]) =>
    change.op === "add"
      ? { op: "add", path: `/${pointerToken(name)}`, to: value }
      : { op: "remove", path: `/${pointerToken(name)}`, from: value },
  )
}

function membersOf(value: JsonValue): [string, JsonValue][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}
