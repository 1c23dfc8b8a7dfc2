import type { JsonValue } from "@deltaseal/guard/change"
import { z } from "zod"

/** Any JSON value as the strict parser read it: a copy by a schema would lose what `__proto__` names. */
export const AnyJson = z.custom<JsonValue>((value) => value !== undefined, "A JSON value is required.")

/** An object whose members are all strings, passed through as it is for the same reason. */
export const StringMembers = z
  .custom<Record<string, string>>(hasStringMembers, "Every member is a string.")
  .meta({ type: "object", additionalProperties: { type: "string" } })

function hasStringMembers(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  return Object.values(value).every((member) => typeof member === "string")
}
