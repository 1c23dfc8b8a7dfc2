"use client"

import { createContext, useCallback, useContext, useMemo, type ReactNode } from "react"
import { diffModel, type DiffPart, type FileModel, type Segment } from "./diff-model"
import { withMoves } from "./moved-lines"
import { seenSegments, splitModel } from "./split-model"
import { useLayout, type DiffLayout, type LayoutChoice } from "./use-layout"
import { useSeen, type SeenState } from "./use-seen"

type Review = SeenState &
  LayoutChoice &
  Readonly<{
    files: readonly FileModel[]
    hunkCount: number
    seenHunkCount: number
    /** Of all lines, rounded down; null where counting hunks says enough. */
    seenPercent: number | null
    isAllSeen: boolean
    isHunkSeen: (hunkId: string) => boolean
  }>

const ReviewContext = createContext<Review | null>(null)

type ProviderProps = Readonly<{
  parts: readonly DiffPart[]
  /** How this person had diffs laid out the last time. */
  remembered: DiffLayout
  children: ReactNode
}>

/** Shares one reading of a change: its layout, and what of it was on screen. */
export function ReviewProvider({ parts, remembered, children }: ProviderProps) {
  const { chosen, layout, choose } = useLayout(remembered)
  // The server sends the same parts anew with each refresh; only other contents are another diff.
  const key = JSON.stringify(parts.map(({ preview }) => preview))
  // eslint-disable-next-line react-hooks/exhaustive-deps -- `key` stands for the parts' contents
  const unified = useMemo(() => withMoves(diffModel(parts)), [key])
  const split = useMemo(() => splitModel(unified), [unified])
  const [files, others] = layout === "split" ? [split, unified] : [unified, split]
  const carry = useCallback((seen: ReadonlySet<string>) => seenSegments(files, others, seen), [files, others])
  const seen = useSeen(
    useMemo(() => segmentIds(files), [files]),
    carry,
  )
  const review = useMemo(
    () => ({ ...seen, ...countSeen(files, seen.seen), files, chosen, layout, choose }),
    [files, seen, chosen, layout, choose],
  )

  return <ReviewContext value={review}>{children}</ReviewContext>
}

export function useReview(): Review {
  const review = useContext(ReviewContext)
  if (!review) throw new Error("A review's parts stand inside its provider.")
  return review
}

function segmentIds(files: readonly FileModel[]): string[] {
  return files.flatMap(({ hunks }) => hunks.flatMap(({ segments }) => segments.map(({ id }) => id)))
}

function countSeen(files: readonly FileModel[], seen: ReadonlySet<string>) {
  const hunks = files.flatMap((file) => file.hunks)
  const seenHunks = new Set(
    hunks.filter(({ segments }) => segments.every(({ id }) => seen.has(id))).map(({ id }) => id),
  )

  const segments = hunks.flatMap((hunk) => hunk.segments)
  const isLong = segments.length > hunks.length + 4
  const seenLines = linesIn(segments.filter(({ id }) => seen.has(id)))

  return {
    hunkCount: hunks.length,
    seenHunkCount: seenHunks.size,
    seenPercent: isLong ? Math.floor((seenLines / linesIn(segments)) * 100) : null,
    isAllSeen: seenHunks.size === hunks.length,
    isHunkSeen: (hunkId: string) => seenHunks.has(hunkId),
  }
}

function linesIn(segments: readonly Segment[]): number {
  return segments.reduce((sum, { lines }) => sum + lines.length, 0)
}
