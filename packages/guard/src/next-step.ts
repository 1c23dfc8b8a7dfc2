import { canonicalize } from "./canonical.ts"
import type { State } from "./content.ts"
import type { PartKind } from "./part-kinds.ts"
import { isOnce } from "./places.ts"

/** One place at the moment before its change would be applied. */
export type LivePart = Readonly<{ kind: PartKind; before: State; after: State; live: State }>

/**
 * What to do with a spent approval (SPEC 4.2.3).
 *
 * - `apply`: the world is as it was reviewed.
 * - `already_applied`: an earlier attempt did it and could not say so.
 * - `moved`: the world is something else; applying would overwrite it.
 * - `unknown`: a message, command or call may have happened, and must not happen twice.
 */
export type NextStep = "apply" | "already_applied" | "moved" | "unknown"

export function nextStep(parts: readonly LivePart[], mayHaveApplied: boolean): NextStep {
  if (mayHaveApplied && parts.some((part) => isOnce(part.kind))) return "unknown"
  if (parts.every((part) => isSameState(part.live, part.before))) return "apply"
  if (mayHaveApplied && parts.every(isAfter)) return "already_applied"
  return "moved"
}

export function isSameState(a: State, b: State): boolean {
  return canonicalize(a) === canonicalize(b)
}

/** Whether a target is what its change would make of it. The version it has by then is not part of that. */
export function isAfter({ live, after }: LivePart): boolean {
  if (live.state === "absent") return isSameState(live, after)
  const { version: _version, ...content } = live
  return isSameState(content, after)
}
