import { canonicalize, type JsonObject, type JsonValue } from "@deltaseal/guard/change"

/**
 * JSON over several lines, members in canonical order, so that equal values read
 * alike and different ones never do.
 *
 * @param inlineMax code units of canonical JSON that a list or object may have to stay on one line
 */
export function laidOut(value: JsonValue, inlineMax: number): string {
  return layOut(value, inlineMax, "")
}

function layOut(value: JsonValue, inlineMax: number, indent: string): string {
  if (typeof value !== "object" || value === null) return canonicalize(value)
  const isList = Array.isArray(value)
  const inner = `${indent}  `
  if (isInline(value, inlineMax)) return canonicalize(value)

  const lines = isList
    ? value.map((item) => `${inner}${layOut(item, inlineMax, inner)}`)
    : membersOf(value).map(
        ([name, member]) => `${inner}${canonicalize(name)}: ${layOut(member, inlineMax, inner)}`,
      )
  const [open, close] = isList ? "[]" : "{}"
  return `${open ?? ""}\n${lines.join(",\n")}\n${indent}${close ?? ""}`
}

function isInline(value: JsonObject | readonly JsonValue[], inlineMax: number): boolean {
  if (Object.keys(value).length === 0) return true
  return inlineMax > 0 && canonicalize(value as JsonValue).length <= inlineMax
}

/** By UTF-16 code units, like the canonical form; an object's own order puts numbers first. */
function membersOf(value: JsonObject): [string, JsonValue][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}
