import type { JsonValue } from "@deltaseal/guard/change"

/** A value that holds no other, and where it stands. */
export type Leaf = Readonly<{ path: readonly (string | number)[]; value: string | number | boolean | null }>

/** Every leaf of a value, in order. */
export function leavesIn(value: JsonValue, path: Leaf["path"] = []): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((member, index) => leavesIn(member, [...path, index]))
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, member]) => leavesIn(member, [...path, name]))
  }

  return [{ path, value }]
}

/** The same value with another one at a place. */
export function replacedAt(value: JsonValue, path: Leaf["path"], next: JsonValue): JsonValue {
  const [first, ...rest] = path
  if (first === undefined) return next
  if (Array.isArray(value)) {
    return value.map((member, index) => (index === first ? replacedAt(member, rest, next) : member))
  }
  if (typeof value !== "object" || value === null) return value

  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === first ? replacedAt(member, rest, next) : member,
    ]),
  )
}

/** The only place where a value stands; null where it stands nowhere or more than once. */
export function onlyPlaceOf(value: JsonValue, wanted: Leaf["value"]): Leaf["path"] | null {
  const [only, ...others] = leavesIn(value).filter((leaf) => leaf.value === wanted)
  return only === undefined || others.length > 0 ? null : only.path
}
