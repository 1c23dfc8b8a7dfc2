"use client"

import { Check, ChevronRight } from "lucide-react"
import { useEffect, useRef, useState, type ReactNode } from "react"
import type { Fold, HunkModel } from "./diff-model"
import { useReview } from "./review"

type Props = Readonly<{ fold: Fold; hunks: readonly HunkModel[]; children: ReactNode }>

/**
 * A part of a change that is folded away until somebody opens it. What is in it
 * was not seen until then: nothing of it is on the page, so it keeps approving
 * shut (ADR 0035).
 */
export function DiffFold({ fold, hunks, children }: Props) {
  const { isHunkSeen } = useReview()
  const [isOpen, setOpen] = useState(fold.isOpen)
  const revealed = useRef<string | null>(null)
  const isSeen = hunks.every(({ id }) => isHunkSeen(id))
  useEffect(() => {
    if (revealed.current !== null) document.getElementById(revealed.current)?.focus({ preventScroll: true })
    revealed.current = null
  }, [isOpen])
  const reveal = (segmentId: string) => {
    revealed.current = segmentId
    setOpen(true)
  }

  return (
    <div role="group" aria-label={fold.title}>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex min-h-9 w-full items-center gap-2 border-b border-line px-3 py-1.5 text-left text-sm text-muted -outline-offset-2 hover:bg-hover"
      >
        <ChevronRight
          size={14}
          aria-hidden
          className={`shrink-0 transition-transform ${isOpen ? "rotate-90" : ""}`}
        />
        <span className="flex min-w-0 flex-1 flex-wrap gap-x-2">
          <span className="font-medium text-ink">{fold.title}</span>
          <span>{fold.words}</span>
        </span>
        <FoldState isSeen={isSeen} isOpen={isOpen} />
      </button>
      {isOpen ? children : <Landings hunks={hunks} onLand={reveal} />}
    </div>
  )
}

function FoldState({ isSeen, isOpen }: Readonly<{ isSeen: boolean; isOpen: boolean }>) {
  if (isSeen) {
    return (
      <span className="inline-flex items-center gap-1 text-xs">
        seen <Check size={14} aria-hidden />
      </span>
    )
  }
  return <span className="text-xs text-faint">{isOpen ? "not yet" : "not opened yet"}</span>
}

/** Where "show the next" arrives while the fold is closed; arriving opens it. */
function Landings({
  hunks,
  onLand,
}: Readonly<{ hunks: readonly HunkModel[]; onLand: (id: string) => void }>) {
  return hunks
    .flatMap(({ segments }) => segments)
    .map(({ id }) => (
      <span key={id} id={id} tabIndex={-1} onFocus={() => onLand(id)} className="block outline-none" />
    ))
}
