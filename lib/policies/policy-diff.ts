import type { JsonObject, JsonValue } from "@deltaseal/guard/change"
import { fieldRows, type FieldText } from "@/lib/changes/field-rows"
import { diffValues } from "@/lib/changes/record-diff"

/**
 * What one policy says that another does not, field by field. Rules are
 * compared by name, so that a new one does not make all after it look changed;
 * their order counts too, and stands beside them.
 */
export function diffPolicies(before: JsonValue, after: JsonValue): FieldText[] {
  return fieldRows(diffValues(byName(before), byName(after)).preview)
}

function byName(document: JsonValue): JsonValue {
  if (!isObject(document)) return document
  const { rules } = document
  if (!Array.isArray(rules)) return document

  const named = rules.flatMap((rule): [string, JsonValue][] =>
    isObject(rule) && typeof rule["name"] === "string" ? [[rule["name"], rule]] : [],
  )
  if (named.length !== rules.length) return document
  return { ...document, rules: Object.fromEntries(named), order: named.map(([name]) => name) }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
