import { canonicalize, type ObservedState, type State } from "@deltaseal/guard/change"

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
