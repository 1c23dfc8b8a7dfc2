"use client"

import { useEffect, useMemo, useState } from "react"
import { createSeenTracker, type SeenTracker } from "./seen-tracker"

export type SeenState = Pick<SeenTracker, "watch" | "setBar"> &
  Readonly<{
    seen: ReadonlySet<string>
    /** Brings the first stretch onto the screen that was not on it yet. */
    showNext: () => void
  }>

/** Which of these segments were on screen since the page was opened. */
export function useSeen(ids: readonly string[]): SeenState {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set())
  const [tracker] = useState(createSeenTracker)
  useEffect(() => tracker.start((done) => setSeen((before) => new Set([...before, ...done]))), [tracker])

  return useMemo(() => {
    const showNext = () => {
      const next = ids.find((id) => !seen.has(id))
      if (next !== undefined) tracker.show(next)
    }
    return { seen, watch: tracker.watch, setBar: tracker.setBar, showNext }
  }, [ids, seen, tracker])
}
