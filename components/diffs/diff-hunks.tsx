"use client"

import { DiffFold } from "./diff-fold"
import { DiffHunk } from "./diff-hunk"
import type { Fold, HunkModel } from "./diff-model"

type Props = Readonly<{ hunks: readonly HunkModel[]; isLong: boolean }>

/** The hunks of a part in order, those that share a fold under it. */
export function DiffHunks({ hunks, isLong }: Props) {
  return groupsOf(hunks).map(({ fold, hunks: inside }) => {
    const shown = inside.map((hunk) => <DiffHunk key={hunk.id} hunk={hunk} isLong={isLong} />)
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
