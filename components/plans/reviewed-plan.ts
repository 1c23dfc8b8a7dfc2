import type { ApprovalView } from "@/lib/approvals/approval.schema"

/** Calls of one run that are decided at once. */
export type Plan = Readonly<{
  planId: string
  runId: string
  planHash: string
  status: "pending" | "approved" | "denied" | "expired" | "cancelled" | "done"
  reason: string | null
  createdAt: string
  expiresAt: string
  useWithinSeconds: number
  /** The calls that need no approval, by their place among all calls of the plan, from 0. */
  free: readonly Readonly<{
    index: number
    tool: Readonly<{ server: string; name: string; version: string }>
  }>[]
}>

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
  viewer: Readonly<{ whyNot: "forbidden" | "separation_of_duties" | "already_voted" | null }>
  nextPath: string | null
}>
