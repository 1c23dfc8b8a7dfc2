"use client"

import { useMemo } from "react"
import type { HunkModel } from "./diff-model"
import { DiffSegment } from "./diff-segment"
import { wordChanges } from "./word-changes"

/** Hunks with more lines than this are rewrites; word marks would say nothing. */
const markedLinesMax = 800

/** One hunk: its place in the file, then its lines in stretches. */
export function DiffHunk({ hunk, isLong }: Readonly<{ hunk: HunkModel; isLong: boolean }>) {
  const marks = useMemo(() => {
    const lines = hunk.segments.flatMap((segment) => segment.lines)
    return wordChanges(lines.length > markedLinesMax ? [] : lines)
  }, [hunk])

  return (
    <div role="group" aria-label={labelOf(hunk)} data-hunk={hunk.id}>
      {hunk.title !== "" && (
        <div className="border-b border-line bg-accent-soft/40 px-3 py-0.5 font-mono text-xs text-muted">
          <bdi dir="ltr">{hunk.title}</bdi>
        </div>
      )}
      {hunk.segments.map((segment, index) => (
        <DiffSegment key={segment.id} segment={segment} marks={marks} isLazy={isLong && index > 10} />
      ))}
    </div>
  )
}

function labelOf({ title, segments }: HunkModel): string {
  if (title !== "") return title.startsWith("@@ ") ? `Hunk ${title}` : title
  return segments.some(({ fields }) => fields !== undefined) ? "The fields" : "The whole file"
}
