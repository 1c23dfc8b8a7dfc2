import { hotJson } from "@/lib/db/hot-call"
import type { ErrorCode } from "@/lib/errors/app-error"
import { newId, newSalts } from "@/lib/operations/new-id"
import type { ApprovalStatus } from "./approval"
import type { JointVote } from "./joint-vote.schema"

/** What became of one vote: a code, or null where it counts. `moved`: whether the row moved all the same. */
export type VoteResult = Readonly<{
  approvalId: string
  code: ErrorCode | null
  /** Where the approval stands after a vote that counts. */
  status?: ApprovalStatus
  tenantId?: string
  runId?: string
  moved?: boolean
}>

/** Secret fields that the leaf of a vote can have. */
const saltCount = 4

/** One vote in a transaction of its own, an approving one only on what was shown to this person. */
export async function castShownVote(sessionId: string, vote: JointVote): Promise<VoteResult | null> {
  const { approvalId, decision, changeHash, reason = null } = vote
  const answer = await hotJson<Omit<VoteResult, "approvalId">>(
    "vote_when_shown",
    [sessionId, approvalId, decision, changeHash, reason, newId("event"), newSalts(saltCount)],
    "write",
  )

  return answer && { ...answer, approvalId }
}

/** All votes in one transaction: each of them or none. */
export async function castTogether(
  sessionId: string,
  votes: readonly JointVote[],
): Promise<Readonly<{ code: ErrorCode | null; results?: readonly VoteResult[] }> | null> {
  return hotJson(
    "vote_together",
    [sessionId, JSON.stringify(votes), votes.map(() => newId("event")), newSalts(votes.length * saltCount)],
    "write",
  )
}
