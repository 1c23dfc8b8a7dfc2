import { ChangeError } from "./change-error.ts"
import {
  configBytes,
  configState,
  type ConfigContent,
  type ConfigDigest,
  type ConfigFormat,
} from "./config-part.ts"
import { fileState, type FileContent, type State } from "./content.ts"
import type { EnvelopePart } from "./envelope.ts"
import { GuardError } from "./guard-error.ts"
import type { ObservedContent, ObservedPlace, RecordContent } from "./guarded-kinds.ts"
import { sha256Hex } from "./hashes.ts"
import type { PartKind } from "./part-kinds.ts"
import { recordState } from "./record.ts"

/**
 * One place that a change is about, as it is before and after. A move has two:
 * its source and, after it, its destination. What is sent, executed or called
 * has one at which nothing can be seen.
 */
export type Place = Readonly<{
  /** Which part of the change it belongs to. */
  part: number
  kind: PartKind
  target: ObservedPlace | null
  before: State
  after: State
  isSource: boolean
}>

export type LivePlace = Place & Readonly<{ live: State }>

/** Reads what is at a place now; null when nothing is. */
export type Observe = (target: ObservedPlace) => Promise<ObservedContent | null> | ObservedContent | null

/** How to look at places, and to read the configs that are there; without `configDigest` only JSON can be read. */
export type Look = Readonly<{ observe: Observe; configDigest?: ConfigDigest | undefined }>

/** The places of a change, in the order in which they are observed (SPEC 9). */
export function placesOf(parts: readonly EnvelopePart[]): Place[] {
  return parts.flatMap(({ kind, op, target, before, after }, part): Place[] => {
    if (isOnce(kind)) return [{ part, kind, target: null, before, after, isSource: false }]
    if (op !== "move") return [{ part, kind, target: placeIn(target), before, after, isSource: false }]

    const { from, ...destination } = target
    const source = { ...destination, path: from ?? "" }
    return [
      { part, kind, target: placeIn(source), before, after: absent, isSource: true },
      { part, kind, target: placeIn(destination), before: absent, after, isSource: false },
    ]
  })
}

/** Kinds whose effect happens once and cannot be looked up afterwards. */
export function isOnce(kind: PartKind): boolean {
  return kind === "message" || kind === "command" || kind === "call"
}

/** The live state of each place, in order; absent where nothing can be seen. */
export async function observeAll(places: readonly Place[], look: Look): Promise<LivePlace[]> {
  const seen: LivePlace[] = []
  // One after the other: a change of a hundred files must not open a hundred at once.
  for (const place of places) {
    const live =
      place.target === null ? absent : stateAt(place, await look.observe({ ...place.target }), look)
    seen.push({ ...place, live })
  }
  return seen
}

const absent: State = { state: "absent" }

/** @throws ChangeError when what was found is no content of the place's kind */
function stateAt(
  { kind, before, after }: Place,
  found: ObservedContent | null,
  { configDigest }: Look,
): State {
  if (found === null) return absent
  // The casts promise nothing: each reader refuses what is of another kind.
  switch (kind) {
    case "file":
      return fileState(found as FileContent)
    case "record": {
      const { value, version } = found as RecordContent
      return recordState(value, before.state === "present" && "version" in before ? version : undefined)
    }
    case "config":
      return configAt(found as ConfigContent, formatIn(before) ?? formatIn(after) ?? "json", configDigest)
    case "message":
    case "command":
    case "call":
      throw new GuardError("invalid_configuration", `Nothing can be seen of a ${kind}.`)
  }
}

/** What cannot be read is still there, and is not what anybody reviewed. */
function configAt(content: ConfigContent, format: ConfigFormat, configDigest?: ConfigDigest): State {
  const bytes = configBytes(content, format)
  try {
    return configState(content, format, configDigest)
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error
    return { state: "present", bytes: bytes.byteLength, digest: sha256Hex(bytes), format }
  }
}

function formatIn(state: State): ConfigFormat | undefined {
  return state.state === "present" ? state.format : undefined
}

/** The envelope has checked it: it is the target of a part of this kind. */
function placeIn(target: Readonly<Record<string, string>>): ObservedPlace {
  return target as ObservedPlace
}
