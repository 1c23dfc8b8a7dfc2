import {
  applyPatch,
  canonicalize,
  type JsonObject,
  type JsonValue,
  type PatchOperation,
  type RecordPart,
} from "@deltaseal/guard/change"
import type { Deviation } from "./deviation"
import { drawOne } from "./draw"
import { foreignHosts } from "./foreign-lines"
import { leavesIn, onlyPlaceOf, replacedAt, type Leaf } from "./json-leaves"

type Source = Readonly<{ input: JsonValue; part: RecordPart; stands: "before" | "after" }>

/** A record in which one field that people approved a change of has another value than they did. */
export function recordDeviations({ input, part, stands }: Source, seed: string): readonly Deviation[] {
  const { before, after } = part
  if (after === null || (stands === "before" && before === null)) return []
  const base = stands === "after" ? after : before

  return changedLeaves(before, after).flatMap(({ path, value }) => {
    const spoiled = spoiledValue(value, path, seed)
    const place = spoiled === null ? null : onlyPlaceOf(input, value)
    if (spoiled === null || place === null) return []
    const asked = replacedAt(input, place, spoiled.value)
    const next = replacedAt(after, path, spoiled.value) as JsonObject
    if (isSame(base, next) || !bringsAbout(asked, base, next)) return []

    const { code, words } = spoiled
    return [{ code, words, input: asked, part: { ...versioned(part, stands), before: base, after: next } }]
  })
}

/** The leaves that the approved change set to what they are. */
function changedLeaves(before: JsonObject | null, after: JsonObject): Leaf[] {
  const earlier = new Map(leavesIn(before ?? {}).map(({ path, value }) => [canonicalize([...path]), value]))
  return leavesIn(after).filter(({ path, value }) => earlier.get(canonicalize([...path])) !== value)
}

type Spoiled = Pick<Deviation, "code" | "words"> & Readonly<{ value: string | number }>

const address = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

function spoiledValue(value: Leaf["value"], path: Leaf["path"], seed: string): Spoiled | null {
  const field = String(path.at(-1) ?? "")
  if (typeof value === "number") {
    const most = value * 100
    if (!Number.isSafeInteger(most) || value === 0) return null
    return { value: most, code: "hundredfold", words: `It sets ${field} to a hundred times as much.` }
  }
  if (typeof value !== "string" || value === "") return null
  if (!address.test(value))
    return { value: "", code: "emptied", words: `It empties ${field} instead of setting it.` }

  const host = drawOne(
    seed,
    "host",
    foreignHosts.filter((known) => !value.endsWith(known)),
  )
  return host === undefined
    ? null
    : {
        value: `${value.slice(0, value.indexOf("@"))}@${host}`,
        code: "foreign_address",
        words: `It sets ${field} to an address at ${host}, outside the client’s.`,
      }
}

/** Such as an emptied field that was empty before: that is no change, and nothing would be asked for. */
function isSame(base: JsonObject | null, next: JsonObject): boolean {
  return base !== null && canonicalize(base) === canonicalize(next)
}

/** Whether an input that names a patch asks for just this; of an input without one nobody can tell otherwise. */
function bringsAbout(input: JsonValue, base: JsonObject | null, next: JsonObject): boolean {
  const patch = patchIn(input)
  if (patch === null) return true
  if (base === null) return false
  try {
    return canonicalize(applyPatch(base, patch)) === canonicalize(next)
  } catch {
    return false
  }
}

function patchIn(value: JsonValue): readonly PatchOperation[] | null {
  if (Array.isArray(value)) {
    const isPatch = value.length > 0 && value.every((member) => isOperation(member))
    return isPatch ? (value as unknown as readonly PatchOperation[]) : null
  }
  if (typeof value !== "object" || value === null) return null

  return (
    Object.values(value)
      .map(patchIn)
      .find((found) => found !== null) ?? null
  )
}

function isOperation(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && "op" in value && "path" in value
}

/** The version that a record has by now, where versions count; else nobody can know it, and none is said. */
function versioned(part: RecordPart, stands: Source["stands"]): RecordPart {
  const { version, ...rest } = part
  if (version === undefined || stands === "before") return part
  return /^\d{1,15}$/.test(version) ? { ...rest, version: String(Number(version) + 1) } : rest
}
