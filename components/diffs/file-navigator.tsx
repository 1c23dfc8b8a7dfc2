"use client"

import { Check } from "lucide-react"
import { LineCounts } from "@/components/ui/line-counts"
import { Visible } from "@/components/ui/visible"
import { useReview } from "./review"

/** The files of a change, each with a way to it and whether all of it was on screen. */
export function FileNavigator() {
  const { files, isHunkSeen } = useReview()
  if (files.length < 2) return null
  const noun = files.some(({ part }) => part.kind !== "file") ? "parts" : "files"

  return (
    <nav
      aria-label={`The ${noun} of this change`}
      className="z-10 flex max-h-[40dvh] flex-col gap-1 overflow-y-auto border-b border-line bg-page pb-3 lg:sticky lg:top-12"
    >
      <h2 className="text-xs font-medium text-faint">
        {files.length} {noun}
      </h2>
      <ul className="flex flex-col">
        {files.map(({ id, part, hunks }) => (
          <li key={id}>
            <a
              href={`#${id}`}
              className="flex min-h-8 items-center gap-2 rounded-md py-1 text-sm hover:bg-hover"
            >
              <span className="min-w-0 flex-1 font-mono text-xs">
                <Visible text={part.path} />
              </span>
              <LineCounts added={part.added} removed={part.removed} />
              <span className="w-4 shrink-0 text-muted">
                {hunks.every((hunk) => isHunkSeen(hunk.id)) && (
                  <Check size={14} aria-label="seen" role="img" />
                )}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
