import type { Envelope } from "@deltaseal/guard/change"
import type { DiffView } from "@/lib/changes/change"
import type { ApprovalRow } from "./approval-row"
import type { ApprovalView } from "./approval.schema"
import { needsStepUp, plainStages } from "./step-up"

/** An approval as callers see it. What stays inside: the key's creator, the operator, the stored digests. */
export function toApprovalView(
  row: ApprovalRow,
  content: Readonly<{ envelope: Envelope; diff: DiffView; origin: string }>,
): ApprovalView {
  const { definitionHash: _pin, diffDigest: _diff, ...rest } = row
  const { keyCreatedById: _creator, operatorId: _operator, ...requestedBy } = row.requestedBy

  return {
    ...rest,
    requestedBy,
    required: plainStages(row.required),
    stepUpRequired: needsStepUp(row.required),
    selfReviewAllowed: row.required.some(({ selfReview }) => selfReview === true),
    diff: content.diff as ApprovalView["diff"],
    envelope: content.envelope,
    parts: row.parts.map((part) => ({ ...part, target: { ...part.target }, flags: [...part.flags] })),
    requestedAt: iso(row.requestedAt),
    expiresAt: iso(row.expiresAt),
    useBy: row.useBy === null ? null : iso(row.useBy),
    decidedAt: row.decidedAt === null ? null : iso(row.decidedAt),
    votes: row.votes.map((vote) => ({ ...vote, at: iso(vote.at) })),
    carriedVotes: row.carriedVotes?.map((vote) => ({ ...vote, at: iso(vote.at) })) ?? null,
    breakGlass: breakGlassOf(row),
    execution:
      row.execution === null
        ? null
        : {
            ...row.execution,
            startedAt: iso(row.execution.startedAt),
            finishedAt: row.execution.finishedAt === null ? null : iso(row.execution.finishedAt),
          },
    reviewUrl: `${content.origin}/approvals/${row.approvalId}`,
  }
}

function breakGlassOf({ breakGlass }: ApprovalRow): ApprovalView["breakGlass"] {
  if (breakGlass === null) return null
  const { at, expiresAt, confirmedAt } = breakGlass

  return {
    ...breakGlass,
    at: iso(at),
    expiresAt: iso(expiresAt),
    confirmedAt: confirmedAt === null ? null : iso(confirmedAt),
  }
}

function iso(time: string): string {
  return new Date(time).toISOString()
}
