import { setImmediate as othersFirst } from "node:timers/promises"

/** How long a simulation may hold its process before whoever else is served there has a turn (milliseconds). */
const turnMs = 2

/** Waits for nothing until a turn is over, and then until everybody else who waits has had theirs. */
export function takingTurns(): () => Promise<void> {
  let began = performance.now()

  return async () => {
    if (performance.now() - began < turnMs) return
    await othersFirst()
    began = performance.now()
  }
}
