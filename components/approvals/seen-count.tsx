"use client"

import { PartSheet } from "@/components/diffs/part-sheet"
import { useReview } from "@/components/diffs/review"
import { KeyCap } from "@/components/ui/key-cap"

/** How much of the change was on screen, and the way to the rest. */
export function SeenCount() {
  const { seenHunkCount, hunkCount, seenPercent, isAllSeen, showNext } = useReview()
  const words = `${seenHunkCount} of ${hunkCount} ${hunkCount === 1 ? "hunk" : "hunks"} seen`
  if (isAllSeen) {
    return (
      <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <PartSheet />
        <span role="status">{words}</span>
      </span>
    )
  }

  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <PartSheet />
      <span role="status" title="Approving opens when all of the change was on screen">
        {words}
        {seenPercent !== null && `, ${seenPercent} % of the lines`}
      </span>
      <button
        type="button"
        onClick={showNext}
        aria-keyshortcuts="n"
        className="inline-flex items-center gap-1.5 rounded text-ink underline decoration-line-strong underline-offset-4 hover:decoration-current"
      >
        show the next <KeyCap name="N" />
      </button>
    </span>
  )
}
