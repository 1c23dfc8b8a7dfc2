import type { TenantDb } from "@/lib/db/tenant-db"
import { newId, newSalts } from "@/lib/operations/new-id"
import type { AuditEvent, AuditParty } from "./audit-event"

/** Appends one leaf in the transaction of the action that it records. */
export async function appendLeaf(db: TenantDb, actor: AuditParty, event: AuditEvent): Promise<void> {
  const secret = event.secret ?? {}
  await db.sql`
    SELECT audit_append(
      ${newId("event")}, ${event.type}, ${JSON.stringify(actor)}::jsonb, ${JSON.stringify(event.subject)}::jsonb,
      ${JSON.stringify(event.plain ?? {})}::jsonb, ${JSON.stringify(secret)}::jsonb,
      ${newSalts(Object.keys(secret).length)}::text[])`
}
