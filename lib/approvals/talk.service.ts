import { may, type PersonActor } from "@/lib/access/actor"
import { countReach } from "@/lib/stops/preview.queries"
import type { ApprovalView } from "./approval.schema"
import type { CommentView, WithdrawnVoteView } from "./comment.schema"
import { listComments, listWithdrawnVotes } from "./comments.queries"
import { commentsOfApprovalMax } from "./comments.service"

/** What was said and taken back about an approval. */
export type ApprovalTalk = Readonly<{
  comments: readonly CommentView[]
  withdrawn: readonly WithdrawnVoteView[]
  mayComment: boolean
}>

export async function talkAbout(
  person: PersonActor,
  { approvalId, tenantId }: Pick<ApprovalView, "approvalId" | "tenantId">,
): Promise<ApprovalTalk> {
  const [comments, withdrawn] = await Promise.all([
    listComments(person, { approvalId, take: commentsOfApprovalMax }),
    listWithdrawnVotes(person, approvalId),
  ])

  return {
    comments: comments.items,
    withdrawn: withdrawn.items,
    mayComment: may(person, "approval:comment", tenantId),
  }
}

/** How many more approvals are open in a run than these; null where this person may not stop runs. */
export async function othersInRun(
  person: PersonActor,
  { tenantId, runId }: Readonly<{ tenantId: string; runId: string }>,
  these: readonly Pick<ApprovalView, "status">[],
): Promise<number | null> {
  if (!may(person, "kill:switch", tenantId)) return null

  const reach = { scope: "run", tenantIds: [tenantId], subjects: [runId] } as const
  const { pendingApprovals, approvedApprovals } = await countReach(person, reach)
  const open = these.filter(({ status }) => status === "pending" || status === "approved").length
  return Math.max(0, pendingApprovals + approvedApprovals - open)
}
