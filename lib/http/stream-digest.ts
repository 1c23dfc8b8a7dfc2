import type { ChangeNotice } from "@/lib/notifications/notifier"

/** What one event of a stream says: a change, that something may have been missed, or many changes at once. */
export type StreamNotice =
  | ChangeNotice
  | Readonly<Record<string, never>>
  | Readonly<{ digest: number; approvalIds: readonly string[]; runIds: readonly string[] }>

/** So many changes are told of one by one within the window; what is more comes together at its end (milliseconds). */
export const singlesMax = 10
export const windowMs = 3_000

/** A digest names so many at the most; a page that looks for another one asks anyway, a little later. */
const namedMax = 200

/**
 * Keeps a flood from a page: hundreds of changes in a moment are one event
 * every few seconds, and the page reads once for all of them.
 */
export function digestOfNotices(): Readonly<{
  /** What is to be sent now, of what is new (null: something may have been missed) and what was held back. */
  take: (notices: readonly (ChangeNotice | null)[], now: number) => StreamNotice[]
}> {
  let held: ChangeNotice[] = []
  let windowEnds = 0
  let singles = 0

  return {
    take: (notices, now) => {
      const out: StreamNotice[] = []
      if (now >= windowEnds) {
        windowEnds = now + windowMs
        // While a flood lasts nothing is told of one by one.
        singles = held.length > 0 ? singlesMax : 0
        if (held.length > 0) out.push(together(held))
        held = []
      }
      if (notices.includes(null)) out.push({})
      for (const notice of notices) {
        if (notice === null) continue
        if (singles < singlesMax) out.push(notice)
        else held.push(notice)
        singles += 1
      }

      return out
    },
  }
}

function together(held: readonly ChangeNotice[]): StreamNotice {
  const named = (ids: readonly string[]) => [...new Set(ids)].filter((id) => id !== "").slice(0, namedMax)

  return {
    digest: held.length,
    approvalIds: named(held.map(({ approvalId }) => approvalId)),
    runIds: named(held.map(({ runId }) => runId)),
  }
}
