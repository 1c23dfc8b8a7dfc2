import { shortened } from "@/lib/changes/describe-words"
import type { Reason } from "@/lib/errors/app-error"
import { visibleString } from "@/lib/kernel/text"

/** One field that a change touches: its JSON Pointer in the record, and where its part is in the request. */
export type ChangedField = Readonly<{ field: string; path: string }>

/** How many fields one answer names: the rest is as wrong as these. */
const reasonsMax = 20

/**
 * Which fields a tool must not change. What is not at or below an allowed
 * JSON Pointer is refused, the whole record (the pointer `""`) too, so that
 * none can be made or deleted where only some fields may be changed.
 *
 * @param allowed null where nothing is restricted
 */
export function patchPathReasons(
  allowed: readonly string[] | null,
  fields: readonly ChangedField[],
): Reason[] {
  if (allowed === null) return []

  return fields
    .filter(({ field }) => !allowed.some((prefix) => field === prefix || field.startsWith(`${prefix}/`)))
    .slice(0, reasonsMax)
    .map(({ field, path }) => ({
      code: "patch_path_not_allowed",
      message: `The tool may not change ${field === "" ? "whole records" : visibleString(shortened(field))}.`,
      path,
    }))
}
