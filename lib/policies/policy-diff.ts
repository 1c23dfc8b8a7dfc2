import type { JsonObject, JsonValue } from "@deltaseal/guard/change"
import { fieldRows, type FieldText } from "@/lib/changes/field-rows"
import { diffValues } from "@/lib/changes/record-diff"

/**
 * What one policy says that another does not, field by field. Rules are
 * compared by name, so that a new one does not make all after it look changed.
 * Their order counts too: where it changes more than by rules that go and by
 * new ones at the end, it stands beside them as one field.
 */
export function diffPolicies(before: JsonValue, after: JsonValue): FieldText[] {
  const old = namedRules(before)
  const next = namedRules(after)
  const isReordered = !isSameList(next.order, expectedOrder(old.order, next.order))
  const withOrder = ({ document, order }: Named) =>
    isReordered && isObject(document) ? { ...document, order: order.join(" > ") } : document

  return fieldRows(diffValues(withOrder(old), withOrder(next)).preview)
}

type Named = Readonly<{ document: JsonValue; order: readonly string[] }>

/** A document with its rules by name, and their order. */
function namedRules(document: JsonValue): Named {
  const rules = isObject(document) ? document["rules"] : undefined
  if (!isObject(document) || !Array.isArray(rules)) return { document, order: [] }

  const named = rules.flatMap((rule): [string, JsonValue][] => {
    if (!isObject(rule) || typeof rule["name"] !== "string") return []
    const { name, ...rest } = rule
    return [[name, rest]]
  })
  if (named.length !== rules.length) return { document, order: [] }
  return {
    document: { ...document, rules: Object.fromEntries(named) },
    order: named.map(([name]) => name),
  }
}

/** The order that the rules would have if some only went and others only came after them. */
function expectedOrder(before: readonly string[], after: readonly string[]): readonly string[] {
  return [...before.filter((name) => after.includes(name)), ...after.filter((name) => !before.includes(name))]
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index])
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
