import type { TenantDb } from "@/lib/db/tenant-db"
import { newId, newSalts } from "@/lib/operations/new-id"

export type ExpiredApproval = Readonly<{ approvalId: string; runId: string }>

/** Writes down that approvals of this tenant have expired, each with its leaf; those in somebody's hands are left. */
export async function expireDueApprovals(db: TenantDb, max: number): Promise<readonly ExpiredApproval[]> {
  const eventIds = Array.from({ length: max }, () => newId("event"))
  const { rows } = await db.sql<ExpiredApproval>`
    SELECT expired_id AS "approvalId", expired_run_id AS "runId"
    FROM expire_due_approvals(${eventIds}::text[], ${newSalts(max)}::text[])`

  return rows
}
