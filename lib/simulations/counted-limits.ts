import type { CallLimit } from "@/lib/calls/call-limits"

/** How much of each limit is taken, by where and when it is counted. */
export type Used = Map<string, number>

/** When a call was made and its run opened: milliseconds since 1970. */
export type CallTimes = Readonly<{ at: number; openedAt: number }>

/**
 * Takes what a call needs of its limits, all of it or nothing, as recording a
 * call does. Sums are left alone: what outcomes would have reported nobody knows.
 *
 * @returns the limit that keeps the call from it; null when there is none
 */
export function takeLimits(limits: readonly CallLimit[], times: CallTimes, used: Used): CallLimit | null {
  const reached = limits.find((limit) => isReached(limit, times, used))
  if (reached !== undefined) return reached

  for (const limit of counted(limits)) {
    const key = countKey(limit, times)
    used.set(key, (used.get(key) ?? 0) + limit.count)
  }
  return null
}

/** Where a call's limits are counted. */
export function countKeys(limits: readonly CallLimit[], times: CallTimes): string[] {
  return counted(limits).map((limit) => countKey(limit, times))
}

function isReached(limit: CallLimit, times: CallTimes, used: Used): boolean {
  switch (limit.kind) {
    case "time":
      return times.at >= times.openedAt + limit.limit * 1_000
    case "sum":
      return false
    case "count":
    case "uses":
      return (used.get(countKey(limit, times)) ?? 0) + limit.count > limit.limit
  }
}

function counted(limits: readonly CallLimit[]): CallLimit[] {
  return limits.filter(({ kind }) => kind === "count" || kind === "uses")
}

/** Windows begin with the epoch: the minute and the day of UTC. What has none is counted without end. */
function countKey({ scope, windowSeconds }: CallLimit, { at }: CallTimes): string {
  return windowSeconds === null ? scope : `${scope}@${Math.floor(at / 1_000 / windowSeconds)}`
}
