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

/** What a person's authenticator signs: a vote, or their word of a break-glass, neither of which passes for the other. */
export type SignedDecision = (typeof signedDecisions)[number]

export const signedDecisions = [...voteDecisions, "break_glass"] as const

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

/** Why a person may not vote on an approval (SPEC 4.3). The database decides it; see `standings`. */
export type WhyNoVote =
  "forbidden" | "separation_of_duties" | "edited_recently" | "counts_as_one" | "already_voted"
