import type { PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { notifyChange } from "@/lib/notifications/notifier"
import { command } from "@/lib/operations/command"
import { newId } from "@/lib/operations/new-id"
import { getApproval } from "./approvals.service"
import type { CommentView } from "./comment.schema"
import { countComments, insertComment } from "./comments.repo"

/** How much one person may say in a minute, and how much may be said about one approval. */
export const commentsAMinuteMax = 10
export const commentsOfApprovalMax = 200

/**
 * Says something about a change without deciding, whether or not it is still
 * open. Whoever has a part in deciding may, also who is separated from this one:
 * they are often who can answer. Auditors keep out of what they look at later.
 *
 * @throws AppError `not_found`, `forbidden`, `too_many_comments`
 */
export async function comment(
  person: PersonActor,
  { approvalId, text }: Readonly<{ approvalId: string; text: string }>,
): Promise<CommentView> {
  const { tenantId, runId, callId } = await getApproval({ kind: "person", actor: person }, approvalId)
  const said = await addComment(person, tenantId, { person, approvalId, runId, callId, text })
  notifyChange({ tenantId, approvalId, runId })

  return said
}

type NewComment = Readonly<{
  person: PersonActor
  approvalId: string
  runId: string
  callId: string
  text: string
}>

const addComment = command(
  "approval:comment",
  async ({ db }, { person, approvalId, runId, callId, text }: NewComment) => {
    const { personId, sessionId, name } = person
    const { lately, here, retryAfterSeconds } = await countComments(db, { personId, approvalId })
    if (here >= commentsOfApprovalMax) throw new AppError("too_many_comments", approvalIsFull)
    if (lately >= commentsAMinuteMax)
      throw new AppError("too_many_comments", undefined, { retryAfterSeconds })

    const commentId = newId("comment")
    const added = await insertComment(db, { commentId, approvalId, personId, sessionId, text })
    if (added === null) throw new AppError("internal")

    return {
      value: { commentId, personId, name, text, at: added.at.toISOString() },
      events: [
        {
          type: "approval.commented",
          subject: { kind: "approval", id: approvalId },
          plain: { runId, callId, approvalId, commentId, sessionId },
          secret: { text },
        },
      ],
    }
  },
)

const approvalIsFull = `At most ${commentsOfApprovalMax} comments can be made on one approval.`
