"use client"

import { List } from "lucide-react"
import { useState } from "react"
import { Dialog } from "@/components/ui/dialog"
import { PartList } from "./part-list"
import { partNoun } from "./part-words"
import { anchorOf } from "./plan-calls"
import { useReview } from "./review"
import { useCurrentPart } from "./use-current-part"

/** The parts of a change where there is no room beside it: a button that says which one is being read, and a sheet. */
export function PartSheet() {
  const { files } = useReview()
  const [isOpen, setOpen] = useState(false)
  const current = useCurrentPart(files.map(anchorOf))
  if (files.length < 2) return null

  const noun = partNoun(files)
  return (
    <span className="lg:hidden">
      <button
        type="button"
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
        className="inline-flex min-h-8 items-center gap-1.5 rounded-md border border-line-strong px-2 text-sm text-ink hover:bg-hover"
      >
        <List size={14} aria-hidden />
        {noun === "files" ? "file" : "part"} {current + 1} of {files.length}
      </button>
      <Dialog title={`${files.length} ${noun}`} isOpen={isOpen} onClose={() => setOpen(false)}>
        <div className="max-h-[60dvh] overflow-y-auto overscroll-contain">
          <PartList current={current} onChoose={() => setOpen(false)} />
        </div>
      </Dialog>
    </span>
  )
}
