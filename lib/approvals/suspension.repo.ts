import type { TenantDb } from "@/lib/db/tenant-db"
import type { EndedApproval } from "./approvals.repo"

/** Cancels everything in the tenant that is still open. Approvals are locked in the order of their ids. */
export async function cancelOpenInTenant(db: TenantDb, because: string): Promise<readonly EndedApproval[]> {
  const { rows } = await db.sql<EndedApproval>`
    UPDATE approval a SET status = 'cancelled', ended_because = ${because}, version = a.version + 1
    FROM (
      SELECT approval_id, status FROM approval
      WHERE tenant_id = ${db.tenantId} AND status IN ('pending', 'approved')
        AND CASE status WHEN 'pending' THEN expires_at ELSE use_by END > clock_timestamp()
      ORDER BY approval_id FOR UPDATE
    ) seen
    WHERE a.tenant_id = ${db.tenantId} AND a.approval_id = seen.approval_id
    RETURNING a.approval_id AS "approvalId", a.call_id AS "callId", a.run_id AS "runId",
      a.change_hash AS "changeHash", seen.status AS "from"`

  return rows
}
