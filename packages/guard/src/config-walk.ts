import type { JsonObject, JsonValue } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { isExact } from "./json-number.ts"

/** What gives one text several meanings, or hides a part of its meaning elsewhere in the text. */
export type ConfigFeature = "anchors" | "duplicate_keys" | "merge_keys" | "tags"

/** One reading of a config: what it used so far, and how much room is left. The limits are those of strict JSON. */
export type ConfigWalk = { readonly features: Set<ConfigFeature>; nodesLeft: number }

const depthMax = 64
const nodesMax = 100_000
const nameBytesMax = 1024

export function startWalk(): ConfigWalk {
  return { features: new Set(), nodesLeft: nodesMax }
}

/**
 * Called for every value with the containers around it. An alias counts each time, so that a small text cannot become a
 * large value.
 */
export function enterValue(walk: ConfigWalk, depth: number, isContainer: boolean): void {
  if (depth + (isContainer ? 1 : 0) > depthMax)
    throw refuse(`is nested deeper than ${depthMax} levels, or in itself`)
  if (--walk.nodesLeft < 0) throw refuse("has more than 100,000 values")
}

/** @throws ChangeError `invalid_content` for a number that JSON or a double cannot hold as it is written */
export function exactNumber(value: number | bigint, source: string): number {
  const number = Number(value)
  if (!Number.isFinite(number)) throw refuse("has a number that is infinite or none")
  if (!isExact(source, number)) throw refuse(`has a number that would lose precision: ${source.slice(0, 40)}`)
  return number === 0 ? 0 : number
}

/** Adds a member; the last one of a name counts, as most readers have it. */
export function addMember(walk: ConfigWalk, members: JsonObject, name: string, value: JsonValue): void {
  if (Buffer.byteLength(name, "utf8") > nameBytesMax) throw refuse("has a key longer than 1 KiB")
  if (Object.hasOwn(members, name)) walk.features.add("duplicate_keys")
  members[name] = value
}

export function refuse(message: string): ChangeError {
  return new ChangeError("invalid_content", `The config ${message}.`)
}
