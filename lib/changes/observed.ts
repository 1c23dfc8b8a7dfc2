import { canonicalize, type EnvelopePart, type ObservedState, type State } from "@deltaseal/guard/change"

/**
 * States in their one spelling, so that two lists are equal exactly when their
 * texts are.
 */
export function observedKey(states: readonly ObservedState[]): string {
  return canonicalize(states.map((state) => ({ ...state })))
}

/** A state as a guard reports it: what an envelope says, without `format` and `value` (SPEC 9). */
export function observedOf(state: State): ObservedState {
  if (state.state === "absent") return state
  const { format: _format, value: _value, ...observed } = state

  return observed
}

/**
 * What is there, whichever version it is by now: an after-state has no version,
 * because nobody can review one that does not exist yet.
 */
export function withoutVersion(state: ObservedState): ObservedState {
  if (state.state === "absent") return state
  const { version: _version, ...content } = state

  return content
}

/**
 * What a guard must find before it spends: the before of each part in order,
 * and for a move also its destination, where nothing may be (SPEC 9).
 */
export function observedBefore(parts: readonly Pick<EnvelopePart, "op" | "before">[]): ObservedState[] {
  return parts.flatMap(({ op, before }) =>
    op === "move" ? [observedOf(before), { state: "absent" } as const] : [observedOf(before)],
  )
}

/** `from…` is there for a move only. */
type RememberedTarget = Readonly<{
  targetKey: string
  beforeObserved: ObservedState
  fromKey?: string
  fromObserved?: ObservedState
}>

/**
 * The name of a part's target across changes, and what is expected there
 * before. A move is about its destination, and about its source, where it
 * leaves nothing. What is sent, executed or called leaves nothing behind to be
 * compared with the next one.
 */
export function rememberedTarget(
  { kind, op, target, before, after }: EnvelopePart,
  changeHash: string,
): RememberedTarget {
  if (kind === "message" || kind === "command" || kind === "call") {
    const once = canonicalize({ kind, target: { ...target }, once: changeHash })
    return { targetKey: once, beforeObserved: observedOf(after) }
  }
  const { from, ...place } = target
  const targetKey = canonicalize({ kind, target: place })
  const beforeObserved = withoutVersion(observedOf(before))
  if (op !== "move" || from === undefined) return { targetKey, beforeObserved }

  return {
    targetKey,
    beforeObserved: { state: "absent" },
    fromKey: canonicalize({ kind, target: { ...place, path: from } }),
    fromObserved: beforeObserved,
  }
}
