import { inTenant } from "@/lib/db/tenant-db"
import { notifyChange } from "@/lib/notifications/notifier"
import { markOverdueExecutions } from "./overdue.repo"

/**
 * Labels a tenant's executions that nobody reported on as unknown (SPEC 4.1). A
 * late outcome is still accepted, once.
 *
 * @returns how many were labelled, at most `max`
 */
export async function labelOverdue(tenantId: string, max: number): Promise<number> {
  const overdue = await inTenant(tenantId, (db) => markOverdueExecutions(db, max))
  for (const { approvalId, runId } of overdue) {
    if (approvalId !== null) notifyChange({ tenantId, approvalId, runId })
  }

  return overdue.length
}
