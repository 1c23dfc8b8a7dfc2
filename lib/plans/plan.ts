import type { ApprovalStatus } from "@/lib/approvals/approval"

/** Where a plan stands, which is where its items do. */
export type PlanStatus = (typeof planStatuses)[number]

export const planStatuses = ["pending", "approved", "denied", "expired", "cancelled", "done"] as const

/** A call that nobody has to approve, by its place among the plan's calls, from 0. */
export type FreeCall = Readonly<{
  index: number
  tool: Readonly<{ server: string; name: string; version: string }>
}>

/** How long an approved item may be spent, in seconds, where nobody says otherwise. */
export const planUseWithinSeconds = 1_800

/**
 * A plan waits as long as one of its items does. It is done when each has ended
 * and one of them was spent; of those that ended otherwise, a person's no says
 * the most.
 */
export function planStatusOf(items: readonly ApprovalStatus[]): PlanStatus {
  const is = (status: ApprovalStatus) => items.includes(status)
  if (is("pending")) return "pending"
  if (is("approved")) return "approved"
  if (is("consumed")) return "done"
  if (is("denied")) return "denied"

  return is("cancelled") ? "cancelled" : "expired"
}
