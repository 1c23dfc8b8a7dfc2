import type { EnvelopePart, ObservedState } from "@deltaseal/guard/change"
import { observedOf, rememberedTarget, withoutVersion } from "@/lib/changes/observed"

type Change = Readonly<{ changeHash: string; parts: readonly EnvelopePart[] }>

/** What is at a target once everything before it in a plan was done, by the target's key. */
export type LeftBehind = Readonly<Record<string, ObservedState>>

/**
 * For each change of a plan, what those before it leave at its targets: what it
 * has to find there. Null where none of them touches it.
 */
export function leftBehind(changes: readonly (Change | null)[]): (LeftBehind | null)[] {
  const left = new Map<string, ObservedState>()

  return changes.map((change) => {
    const found = change === null ? [] : keysOf(change).flatMap((key) => entryOf(key, left.get(key)))
    if (change !== null) leave(change, left)

    return found.length === 0 ? null : Object.fromEntries(found)
  })
}

function entryOf(key: string, state: ObservedState | undefined): [string, ObservedState][] {
  return state === undefined ? [] : [[key, state]]
}

function keysOf({ parts, changeHash }: Change): string[] {
  return parts.flatMap((part) => {
    const { targetKey, fromKey } = rememberedTarget(part, changeHash)
    return fromKey === undefined ? [targetKey] : [targetKey, fromKey]
  })
}

function leave({ parts, changeHash }: Change, left: Map<string, ObservedState>): void {
  for (const part of parts) {
    const { targetKey, fromKey } = rememberedTarget(part, changeHash)
    left.set(targetKey, withoutVersion(observedOf(part.after)))
    if (fromKey !== undefined) left.set(fromKey, { state: "absent" })
  }
}
