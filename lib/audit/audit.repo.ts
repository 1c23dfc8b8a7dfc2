import type { TenantDb } from "@/lib/db/tenant-db"
import { newId, newSalts } from "@/lib/operations/new-id"
import type { AuditEvent, AuditParty } from "./audit-event"
import { ruleEditOf, type RuleEdit } from "./rule-edits"

/** Appends one leaf in the transaction of the action that it records. */
export async function appendLeaf(db: TenantDb, actor: AuditParty, event: AuditEvent): Promise<void> {
  const secret = event.secret ?? {}
  const eventId = newId("event")
  await db.sql`
    SELECT audit_append(
      ${eventId}, ${event.type}, ${JSON.stringify(actor)}::jsonb, ${JSON.stringify(event.subject)}::jsonb,
      ${JSON.stringify(event.plain ?? {})}::jsonb, ${JSON.stringify(secret)}::jsonb,
      ${newSalts(Object.keys(secret).length)}::text[])`

  const edit = ruleEditOf(actor, event)
  if (edit !== null)
    await insertRuleEdit(db, { ...edit, eventId, keyId: actor.kind === "key" ? actor.id : null })
}

type NewRuleEdit = RuleEdit & Readonly<{ eventId: string; keyId: string | null }>

/** What a key does its owner does, and whoever made it. */
async function insertRuleEdit(
  db: TenantDb,
  { eventId, kind, subject, people, keyId }: NewRuleEdit,
): Promise<void> {
  await db.sql`
    INSERT INTO rule_edit (tenant_id, person_id, event_id, kind, subject, edited_at)
    SELECT ${db.tenantId}, person_id, ${eventId}, ${kind}, ${subject}, clock_timestamp()
    FROM (
      SELECT unnest(${people}::text[])
      UNION
      SELECT unnest(ARRAY[owner_id, created_by_id]) FROM api_key
      WHERE tenant_id = ${db.tenantId} AND key_id = ${keyId}
    ) AS editor (person_id)`
}
