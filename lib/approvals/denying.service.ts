import type { TenantDb } from "@/lib/db/tenant-db"
import { castVoteIn } from "./approvals.repo"

type Denial = Readonly<{ approvalId: string; changeHash: string; reason: string }>

/** Casts a person's denying vote in a transaction that does more than that; null when the database gives no answer. */
export async function denyIn(db: TenantDb, sessionId: string, denial: Denial): ReturnType<typeof castVoteIn> {
  return castVoteIn(db, sessionId, { ...denial, decision: "deny" })
}
