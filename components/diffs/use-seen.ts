"use client"

import { useEffect, useMemo, useState } from "react"
import { createSeenTracker, type SeenTracker } from "./seen-tracker"

export type SeenState = Pick<SeenTracker, "watch" | "setBar"> &
  Readonly<{
    seen: ReadonlySet<string>
    /** Brings the first stretch onto the screen that was not on it yet. */
    showNext: () => void
  }>

/** Which of these segments were on screen since the page was opened; `carry` adds what other segments say of them. */
export function useSeen(
  ids: readonly string[],
  carry: (seen: ReadonlySet<string>) => ReadonlySet<string>,
): SeenState {
  const [reported, setReported] = useState<ReadonlySet<string>>(new Set())
  const [tracker] = useState(createSeenTracker)
  useEffect(() => tracker.start((done) => setReported((before) => new Set([...before, ...done]))), [tracker])

  return useMemo(() => {
    const seen = carry(reported)
    const showNext = () => {
      const next = ids.find((id) => !seen.has(id))
      if (next !== undefined) tracker.show(next)
    }
    return { seen, watch: tracker.watch, setBar: tracker.setBar, showNext }
  }, [ids, carry, reported, tracker])
}
