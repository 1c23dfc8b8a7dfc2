"use client"

import { useMemo } from "react"
import { DiffFold } from "./diff-fold"
import { DiffRows, type DiffRowsProps } from "./diff-rows"
import type { Fold, HunkModel } from "./diff-model"

/** The hunks of a part in order, those that share a fold under it. */
export function DiffHunks({ hunks, ...layout }: DiffRowsProps) {
  const groups = useMemo(() => groupsOf(hunks), [hunks])
  return groups.map(({ fold, hunks: inside }, index) => {
    const shown = <DiffRows key={index} hunks={inside} {...layout} />
    if (fold === undefined) return shown

    return (
      <DiffFold key={fold.id} fold={fold} hunks={inside}>
        {shown}
      </DiffFold>
    )
  })
}

function groupsOf(hunks: readonly HunkModel[]) {
  const groups: { fold: Fold | undefined; hunks: HunkModel[] }[] = []
  for (const hunk of hunks) {
    const last = groups.at(-1)
    if (last && last.fold?.id === hunk.fold?.id) last.hunks.push(hunk)
    else groups.push({ fold: hunk.fold, hunks: [hunk] })
  }

  return groups
}
