import type { AuditEvent } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { cancelOpen } from "./approvals.repo"
import { cancellation } from "./approvals.service"

/** What was cancelled with a tenant, and a leaf for each. */
export type Cancelled = Readonly<{
  approvals: readonly Readonly<{ approvalId: string; runId: string }>[]
  events: readonly AuditEvent[]
}>

/** Cancels every open approval of a tenant, in the transaction that suspends or resumes it (SPEC 4.1). */
export async function cancelForSuspension(db: TenantDb): Promise<Cancelled> {
  const because = "tenant_suspended"
  const ended = await cancelOpen(db, "all_of_the_tenant", because)

  return {
    approvals: ended.map(({ approvalId, runId }) => ({ approvalId, runId })),
    events: ended.map((approval) => cancellation(approval, because)),
  }
}
