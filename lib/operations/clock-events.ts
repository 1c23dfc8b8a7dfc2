import type { AuditEvent } from "@/lib/audit/audit-event"
import { appendLeaf } from "@/lib/audit/audit.repo"
import type { TenantDb } from "@/lib/db/tenant-db"

/** Writes what the clock brought about into the tenant's log, in the transaction that does it: no leaf, no action. */
export async function appendClockEvents(
  db: TenantDb,
  events: readonly [AuditEvent, ...AuditEvent[]],
): Promise<void> {
  for (const event of events) await appendLeaf(db, { kind: "system", id: "clock" }, event)
}
