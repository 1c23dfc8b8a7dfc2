import type { TenantDb } from "@/lib/db/tenant-db"
import { newId } from "@/lib/operations/new-id"

/** The approval is null where a call was allowed without one. */
export type OverdueExecution = Readonly<{ approvalId: string | null; runId: string }>

/** Writes down that nobody reported on executions of this tenant for 15 minutes, each with its leaf. */
export async function markOverdueExecutions(db: TenantDb, max: number): Promise<readonly OverdueExecution[]> {
  const eventIds = Array.from({ length: max }, () => newId("event"))
  const { rows } = await db.sql<OverdueExecution>`
    SELECT overdue_approval_id AS "approvalId", overdue_run_id AS "runId"
    FROM mark_overdue_executions(${eventIds}::text[])`

  return rows
}
