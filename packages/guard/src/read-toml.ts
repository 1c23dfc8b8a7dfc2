import { parse } from "smol-toml"
import type { JsonObject, JsonValue } from "./canonical.ts"
import { addMember, enterValue, exactNumber, refuse, startWalk, type ConfigWalk } from "./config-walk.ts"

/**
 * Reads TOML 1.0. A float is the double it stands for; an integer has to be
 * one that a double holds; a date is refused, since JSON has none.
 *
 * @throws ChangeError `invalid_content`
 */
export function readToml(text: string): JsonValue {
  return valueOf(startWalk(), parsed(text), 0)
}

function parsed(text: string): unknown {
  try {
    return parse(text, { integersAsBigInt: true, maxDepth: 64 })
  } catch {
    throw refuse("is not TOML that we read")
  }
}

function valueOf(walk: ConfigWalk, value: unknown, depth: number): JsonValue {
  enterValue(walk, depth, typeof value === "object" && !(value instanceof Date))
  if (typeof value === "string" || typeof value === "boolean") return value
  if (typeof value === "bigint") return exactNumber(value, String(value))
  if (typeof value === "number") return exactNumber(value, String(value))
  if (value instanceof Date) throw refuse("has a date, which JSON cannot hold")
  if (Array.isArray(value)) return value.map((item) => valueOf(walk, item, depth + 1))
  if (typeof value !== "object" || value === null) throw refuse("is not TOML that we read")

  const members = Object.create(null) as JsonObject
  for (const [name, member] of Object.entries(value)) {
    addMember(walk, members, name, valueOf(walk, member, depth + 1))
  }
  return members
}
