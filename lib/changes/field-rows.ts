import { canonicalize, pointerToken, type JsonValue } from "@deltaseal/guard/change"
import type { FieldChange } from "./field-change"
import { laidOut } from "./laid-out"

/**
 * A field's change as text for a table, null where there is no value: canonical
 * JSON, long lists and objects over several lines. A line feed in it is always
 * layout, since JSON writes its own as `\n`.
 */
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
    from: "from" in change ? textOf(change.from) : null,
    to: "to" in change ? textOf(change.to) : null,
  }))
}

/** Longer values than the first go over several lines; longer ones than the second would only get longer by it. */
const inlineMax = 72
const laidOutMax = 100_000

function textOf(value: JsonValue): string {
  const text = canonicalize(value)
  return text.length > laidOutMax ? text : laidOut(value, inlineMax)
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
