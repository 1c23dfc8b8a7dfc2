import type { TenantDb } from "@/lib/db/tenant-db"
import { planCallsMax } from "./plan.schema"
import { castPlanVoteIn } from "./plans.repo"

type Denial = Readonly<{
  planId: string
  planHash: string
  reason: string
  /** Those that the person saw waiting; null for all that wait now. */
  approvalIds: readonly string[] | null
}>

/** Casts a person's denying vote on a plan in a transaction that does more than that. */
export async function denyPlanIn(
  db: TenantDb,
  sessionId: string,
  denial: Denial,
): ReturnType<typeof castPlanVoteIn> {
  return castPlanVoteIn(db, sessionId, { ...denial, decision: "deny", itemsMax: planCallsMax })
}
