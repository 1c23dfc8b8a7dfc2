"use client"

import { useEffect, useMemo, useRef, useSyncExternalStore } from "react"
import type { FileModel } from "./diff-model"
import { createSeenLedger, type SeenSummary } from "./seen-ledger"
import { createSeenTracker, topBarHeight, type SeenTracker } from "./seen-tracker"

/** A list of rows that can bring one of its stretches onto the page; false where it has no such stretch. */
export type RowList = Readonly<{ reveal: (segmentId: string) => boolean }>

export type SeenState = Pick<SeenTracker, "watch" | "setBar"> &
  Readonly<{
    addList: (list: RowList) => () => void
    /** Brings the first row onto the screen that was not on it yet. */
    showNext: () => void
    subscribe: (listener: () => void) => () => void
    summary: () => SeenSummary
  }>

/** What of a change was on screen since the page was opened. `shown`: as it is laid out now. */
export function useSeen(files: readonly FileModel[], shown: readonly FileModel[]): SeenState {
  const state = useMemo(() => createSeen(files), [files])
  const latest = useRef(shown)
  useEffect(() => {
    latest.current = shown
  }, [shown])
  useEffect(() => state.start(), [state])

  return useMemo(() => ({ ...state, showNext: () => state.showNext(latest.current) }), [state])
}

/** How much was on screen, as it changes. */
export function useSeenSummary({ subscribe, summary }: SeenState): SeenSummary {
  return useSyncExternalStore(subscribe, summary, summary)
}

function createSeen(files: readonly FileModel[]) {
  const ledger = createSeenLedger(files)
  const listeners = new Set<() => void>()
  const lists = new Set<RowList>()
  const tracker = createSeenTracker({
    isSeen: ledger.isSeen,
    onSeen: (units) => {
      const before = ledger.summary()
      if (ledger.mark(units) && ledger.summary() !== before) for (const listener of listeners) listener()
    },
  })

  const showNext = (shown: readonly FileModel[]) => {
    const next = ledger.firstUnseen(shown)
    if (next === null) return
    const { segmentId, row, unit } = next
    showRow({ segmentId, row, skip: tracker.seenTo(unit), lists }, 4)
  }

  return {
    watch: tracker.watch,
    setBar: tracker.setBar,
    start: tracker.start,
    summary: ledger.summary,
    showNext,
    subscribe: added(listeners),
    addList: added(lists),
  }
}

function added<Value>(values: Set<Value>): (value: Value) => () => void {
  return (value) => {
    values.add(value)
    return () => values.delete(value)
  }
}

type Target = Readonly<{
  segmentId: string
  row: number
  /** How many pixels of the row were on screen already. */
  skip: number
  lists: ReadonlySet<RowList>
}>

/** Scrolls to a row, and again while what came onto the page with it is higher or lower than was thought. */
function showRow(target: Target, triesLeft: number): void {
  const { segmentId, row, skip, lists } = target
  for (const list of lists) if (list.reveal(segmentId)) break
  const segment = document.getElementById(segmentId)
  if (segment === null) return

  // A stretch under a closed fold opens when it is focused.
  segment.focus({ preventScroll: true })
  const element = segment.children[row] ?? segment
  const by = element.getBoundingClientRect().top + skip - stuckTop(segment) - 24
  if (Math.abs(by) > 1) scrollBy({ top: by, behavior: "instant" })
  if (triesLeft > 0) requestAnimationFrame(() => showRow(target, triesLeft - 1))
}

/** How far down the file's name reaches where it stays on top. */
function stuckTop(segment: HTMLElement): number {
  return topBarHeight + (segment.closest("section")?.querySelector("header")?.offsetHeight ?? 0)
}
