/** Where an approval stands (SPEC 4.1). */
export type ApprovalStatus = (typeof approvalStatuses)[number]

export const approvalStatuses = [
  "pending",
  "approved",
  "denied",
  "expired",
  "cancelled",
  "stale",
  "consumed",
] as const

/** What one person says about a change. */
export type VoteDecision = (typeof voteDecisions)[number]

/** The last is a denial that says what to change. */
export const voteDecisions = ["approve", "deny", "request_changes"] as const

const next: Readonly<Record<ApprovalStatus, readonly ApprovalStatus[]>> = {
  pending: ["approved", "denied", "expired", "cancelled"],
  approved: ["pending", "expired", "cancelled", "stale", "consumed"],
  denied: [],
  expired: [],
  cancelled: [],
  stale: [],
  consumed: [],
}

/** Whether SPEC 4.1 knows a transition from one state to another. */
export function mayBecome(from: ApprovalStatus, to: ApprovalStatus): boolean {
  return next[from].includes(to)
}

/** Whether nothing can change this approval any more. */
export function isTerminal(status: ApprovalStatus): boolean {
  return next[status].length === 0
}

/**
 * Why this person may not vote, or null when they may (SPEC 4.3). The database
 * decides again when the vote is cast; this is for showing it beforehand.
 */
export function whyNoVote(
  person: Readonly<{ personId: string; roles: readonly string[] }>,
  approval: Readonly<{
    keyOwnerId: string
    keyCreatedById: string
    operatorId: string
    voters: readonly string[]
  }>,
): "forbidden" | "separation_of_duties" | "already_voted" | null {
  if (!person.roles.some((role) => role !== "auditor")) return "forbidden"
  if ([approval.keyOwnerId, approval.keyCreatedById, approval.operatorId].includes(person.personId)) {
    return "separation_of_duties"
  }

  return approval.voters.includes(person.personId) ? "already_voted" : null
}
