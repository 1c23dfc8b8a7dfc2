import type { JsonValue } from "@deltaseal/guard/change"
import { holdsSecret } from "@/lib/kernel/secret-shapes"

/** Strings longer than this, or of several lines, are named by their length in events: an event is a record, not a copy. */
const textMax = 100

const secretName = /passw(?:or)?d|secret|api[_-]?key|access[_-]?token|authorization|private[_-]?key/i

/**
 * A value as events may show it: secrets replaced by their kind, long strings
 * by their length, both saying so. `sensitive` are the JSON Pointers that the
 * tool's schema marks `x-sensitive`.
 */
export function redact(value: JsonValue, sensitive: ReadonlySet<string> = new Set(), path = ""): JsonValue {
  if (sensitive.has(path)) return "[redacted: marked sensitive]"
  if (typeof value === "string") return redactText(value)
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map((item, index) => redact(item, sensitive, `${path}/${index}`))

  return Object.fromEntries(
    Object.entries(value).map(([name, member], index) => [
      holdsSecret(name) ? `[redacted: looks like a secret, member ${index + 1}]` : name,
      redactMember(name, member, sensitive, path),
    ]),
  )
}

function redactMember(
  name: string,
  member: JsonValue,
  sensitive: ReadonlySet<string>,
  path: string,
): JsonValue {
  if (secretName.test(name) && saysSomething(member)) return "[redacted: named like a secret]"

  return redact(member, sensitive, `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`)
}

/** Whether a value could be a secret, or hold one, at all. */
function saysSomething(value: JsonValue): boolean {
  return value !== null && typeof value !== "boolean"
}

function redactText(text: string): string {
  if (holdsSecret(text)) return "[redacted: looks like a secret]"

  return text.length > textMax || /[\n\r]/.test(text) ? `[text of ${text.length} characters]` : text
}
