import type { Asking } from "./agent.ts"

/** Why a change is wanted, and who hears of the wait, where somebody does. */
export function askingFor(reason: string, onWaiting: Asking["onWaiting"]): Asking {
  return onWaiting === undefined ? { reason } : { reason, onWaiting }
}
