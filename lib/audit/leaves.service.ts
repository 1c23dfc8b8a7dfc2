import type { AuditEvent, AuditParty } from "@/lib/audit/audit-event"
import { appendLeaf } from "@/lib/audit/audit.repo"
import type { TenantDb } from "@/lib/db/tenant-db"

/** Writes a leaf in a transaction that no command opened: what the process does by itself. */
export async function writeLeaf(db: TenantDb, by: AuditParty, event: AuditEvent): Promise<void> {
  await appendLeaf(db, by, event)
}
