import type { WhyNoVote } from "@/lib/approvals/approval"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { Counted } from "@/lib/approvals/quorum"
import type { RecentEdit } from "@/lib/approvals/recent-edit"
import type { Plan } from "@/lib/plans/plan.schema"

/** One call of a plan that is for people to decide. */
export type PlanCall = Readonly<{
  /** Its place among all calls that the agent sent, from 1. */
  number: number
  approval: ApprovalView
  /** The exact canonical input that is hashed. */
  input: string
  /** Since when its tool's definition is the accepted one. */
  pinnedAt: string
}>

/** Everything that a plan's page shows. */
export type ReviewedPlan = Readonly<{
  plan: Plan
  calls: readonly PlanCall[]
  hashWords: readonly string[]
  viewer: Readonly<{
    /** The approvals that this person may decide now. */
    mayVoteOn: readonly string[]
    /** Why there is none among those that wait; null where there is one. */
    whyNot: WhyNoVote | null
    /** What they edited; null where that is not why. */
    edited: RecentEdit | null
  }>
  /** What the waiting call asks for that needs the most people still; null where none waits. */
  quorum: Readonly<{ required: ApprovalView["required"]; counted: Counted }> | null
  isSelfReview: boolean
  nextPath: string | null
}>
