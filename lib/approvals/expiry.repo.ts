import type { TenantDb } from "@/lib/db/tenant-db"
import { hotJson } from "@/lib/db/hot-call"
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

/** The first tenant after this one with an approval that is closing and of which nobody was warned; null when none is. */
export function nextClosingTenant(after: string): Promise<string | null> {
  return hotJson<string>("next_closing_tenant", [after], "read")
}

/** Marks approvals of this tenant that are closing, each once; those in somebody's hands are left. */
export async function markClosing(db: TenantDb, max: number): Promise<readonly ExpiredApproval[]> {
  const { rows } = await db.sql<ExpiredApproval>`
    SELECT closing_approval_id AS "approvalId", closing_run_id AS "runId" FROM warn_closing_approvals(${max})`

  return rows
}
