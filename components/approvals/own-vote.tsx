import { ConfirmAction } from "@/components/ui/confirm-action"
import type { Uncounted } from "@/lib/approvals/quorum"
import { ownUncounted } from "./uncounted-words"

/** An approving vote of the person who looks, with which nothing was done yet. */
export type StandingVote = Readonly<{
  approvalId: string
  isApproved: boolean
  /** Whether its time to be decided is over: then it could not be decided anew. */
  isOverdue: boolean
  /** Whether it is over, and the decision can still be carried over to another run. */
  isOver: boolean
  /** Why it does not count; null where it does. */
  uncounted: Uncounted["why"] | null
}>

/** Says that one has approved this, and lets one take it back. */
export function OwnVote({ vote }: Readonly<{ vote: StandingVote }>) {
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-2 text-sm">
      <p role="status">You approved this. {howItStands(vote)}</p>
      <ConfirmAction
        words="Withdraw"
        busyWords="Withdrawing…"
        title="Withdraw your approval?"
        said="Your approval is withdrawn."
        request={{ method: "DELETE", path: `/api/v1/approvals/${vote.approvalId}/votes/mine` }}
      >
        <p>{whatHappens(vote)}</p>
        <p>That you approved and withdrew it stays on this page and in the log.</p>
      </ConfirmAction>
    </div>
  )
}

function howItStands({ isApproved, isOver, uncounted }: StandingVote): string | null {
  if (isOver) return "It was not used: the same call in another run may still go by it."
  if (!isApproved && uncounted !== null) return ownUncounted[uncounted]
  return isApproved ? null : "Others still have to."
}

function whatHappens({ isApproved, isOverdue, isOver }: StandingVote): string {
  if (isOver) return "Your approval no longer counts, also not for the same call in another run."
  if (!isApproved)
    return "Your approval no longer counts. The change keeps waiting, and you can decide again."
  if (isOverdue)
    return "The tool server can no longer do it, if it has not begun. The time to decide is over, so it expires with this."
  return "The tool server can no longer do it, if it has not begun. The change waits for a decision again, and you can decide again."
}
