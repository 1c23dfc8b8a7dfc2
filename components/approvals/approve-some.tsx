"use client"

import { useState } from "react"
import { useReview } from "@/components/diffs/review"
import type { FileModel } from "@/components/diffs/diff-model"
import { Button } from "@/components/ui/button"
import { Dialog } from "@/components/ui/dialog"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { placeOf } from "./part-place"
import { PartialForm, type ChoosablePart } from "./partial-form"

type Props = Readonly<{
  approval: Pick<ApprovalView, "approvalId" | "changeHash" | "parts" | "planId" | "status">
  mayVote: boolean
}>

/** The way to approve some parts of a change that has several, once they were on screen. */
export function ApproveSome({ approval, mayVote }: Props) {
  const { files, isHunkSeen } = useReview()
  const [isOpen, setOpen] = useState(false)
  const { approvalId, changeHash, parts, planId, status } = approval
  if (status !== "pending" || !mayVote || planId !== null || parts.length < 2) return null

  const isSeen = (position: number) =>
    filesOf(files, position).every(({ hunks }) => hunks.every(({ id }) => isHunkSeen(id)))
  const choosable = parts.map(({ op, target, added, removed }, index): ChoosablePart => {
    const { path, workspace } = placeOf(target)
    const position = index + 1
    return { ...{ position, op, path, workspace, added, removed }, isSeen: isSeen(position) }
  })

  return (
    <div>
      <Button look="plain" onClick={() => setOpen(true)}>
        Approve only some parts…
      </Button>
      <Dialog title="Approve only some parts" isOpen={isOpen} onClose={() => setOpen(false)} size="wide">
        <PartialForm subject={{ approvalId, changeHash }} parts={choosable} onClose={() => setOpen(false)} />
      </Dialog>
    </div>
  )
}

/** What shows a part; a part may be shown in several pieces. */
function filesOf(files: readonly FileModel[], position: number): readonly FileModel[] {
  return files.filter(({ part }) => part.origin?.position === position)
}
