import { isPlainObject, type JsonObject, type JsonValue } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import type { State } from "./content.ts"
import { jsonBytes, jsonState } from "./json-content.ts"
import { applyPatch, type PatchOperation } from "./json-patch.ts"

/** Where a record is: in which system, of which type, by which id. */
export type RecordTarget = { system: string; type: string; id: string }

/** A record as it is and as it would be; null is a record that is not there. `version` belongs to *before*. */
export type RecordPart = {
  kind: "record"
  target: RecordTarget
  version?: string
  before: JsonObject | null
  after: JsonObject | null
}

/** The same with what changes said as a JSON Patch (RFC 6902) of *before*. */
export type PatchedRecordPart = Omit<RecordPart, "before" | "after"> & {
  before: JsonObject
  patch: readonly PatchOperation[]
}

/**
 * The canonical bytes that stand for a record's value.
 *
 * @throws ChangeError `invalid_content` for what is no JSON object or what the
 * strict parser would not read back, `content_too_large` over 2 MiB
 */
export function recordBytes(value: JsonObject): Uint8Array {
  if (!isPlainObject(value)) throw new ChangeError("invalid_content", "A record is a JSON object or null.")
  return jsonBytes(value)
}

/** The state a record is bound by; absent when there is none. */
export function recordState(value: JsonObject | null, version?: string): State {
  if (value === null) return { state: "absent" }
  if (!isPlainObject(value)) throw new ChangeError("invalid_content", "A record is a JSON object or null.")
  const state = jsonState(value)
  return version === undefined ? state : { ...state, version }
}

/**
 * What a record would be.
 *
 * @throws ChangeError `invalid_patch`, or `invalid_content` when the patch leaves no JSON object
 */
export function recordAfter(part: RecordPart | PatchedRecordPart): JsonObject | null {
  if (!("patch" in part)) return part.after
  const after: JsonValue = applyPatch(part.before, part.patch)
  if (isPlainObject(after)) return after
  throw new ChangeError("invalid_content", "The patch does not leave a JSON object.")
}
