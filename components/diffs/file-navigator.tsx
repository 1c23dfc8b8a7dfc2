"use client"

import { PartList } from "./part-list"
import { partNoun } from "./part-words"
import { anchorOf } from "./plan-calls"
import { useReview } from "./review"
import { showPart, useCurrentPart } from "./use-current-part"
import { useShortcuts } from "@/components/ui/use-shortcuts"

/**
 * The parts of a change beside it, where there is room: a way to each, which
 * one is being read, and what was on screen. On a phone they are in `PartSheet`.
 */
export function FileNavigator({ of }: Readonly<{ of?: string }>) {
  const { files, isHunkSeen } = useReview()
  const ids = files.map(anchorOf)
  const current = useCurrentPart(ids)
  useShortcuts({ "]": () => showPart(ids[current + 1]), "[": () => showPart(ids[Math.max(0, current - 1)]) })
  if (files.length < 2) return null

  const noun = partNoun(files)
  const seen = files.filter(({ hunks }) => hunks.every(({ id }) => isHunkSeen(id))).length
  return (
    <nav
      aria-label={`The ${noun} of ${of ?? (files[0]?.part.call === undefined ? "this change" : "this plan")}`}
      className="z-10 hidden flex-col gap-1 border-b border-line bg-page pb-3 lg:sticky lg:top-12 lg:flex"
    >
      <h2 className="flex justify-between px-2 pt-2 text-xs font-medium text-faint">
        <span>
          {files.length} {noun}, {seen} seen
        </span>
        <span>{current + 1}</span>
      </h2>
      <div className="max-h-[40dvh] overflow-y-auto overscroll-contain">
        <PartList current={current} />
      </div>
    </nav>
  )
}
