"use client"

import { createContext, useContext, useMemo, type ReactNode } from "react"
import { diffModel, type DiffPart, type FileModel } from "./diff-model"
import { withMoves } from "./moved-lines"
import type { SeenSummary } from "./seen-ledger"
import { splitModel } from "./split-model"
import { useLayout, type DiffLayout, type LayoutChoice } from "./use-layout"
import { byCall } from "./plan-calls"
import { useSeen, useSeenSummary, type SeenState } from "./use-seen"

type Diff = SeenState &
  LayoutChoice &
  Readonly<{
    files: readonly FileModel[]
  }>

const DiffContext = createContext<Diff | null>(null)

type ProviderProps = Readonly<{
  parts: readonly DiffPart[]
  /** How this person had diffs laid out the last time. */
  remembered: DiffLayout
  children: ReactNode
}>

/** Shares one reading of a change, or of all calls of a plan: its layout, and what of it was on screen. */
export function ReviewProvider({ parts, remembered, children }: ProviderProps) {
  const { chosen, layout, choose } = useLayout(remembered)
  // The server sends the same parts anew with each refresh; only other contents are another diff.
  const key = JSON.stringify(parts.map(({ preview }) => preview))
  // eslint-disable-next-line react-hooks/exhaustive-deps -- `key` stands for the parts' contents
  const unified = useMemo(() => byCall(diffModel(parts)).flatMap(withMoves), [key])
  const files = useMemo(() => (layout === "split" ? splitModel(unified) : unified), [layout, unified])
  const seen = useSeen(unified, files)
  const diff = useMemo(
    () => ({ ...seen, files, chosen, layout, choose }),
    [seen, files, chosen, layout, choose],
  )

  return <DiffContext value={diff}>{children}</DiffContext>
}

/** The change as it is laid out; it stays the same while people look through it. */
export function useDiff(): Diff {
  const diff = useContext(DiffContext)
  if (!diff) throw new Error("A review's parts stand inside its provider.")
  return diff
}

/** The change, and what of it was on screen so far. */
export function useReview(): Diff & SeenSummary {
  const diff = useDiff()
  const summary = useSeenSummary(diff)
  return useMemo(() => ({ ...diff, ...summary }), [diff, summary])
}
