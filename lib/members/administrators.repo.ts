import type { MemberDb } from "./members.repo"

/** Whether somebody beside this person administers a tenant, directly or through its agency, and can sign in. */
export async function hasOtherAdministrator(
  db: MemberDb,
  tenantId: string,
  personId: string,
): Promise<boolean> {
  const { rowCount } = await db.sql`
    SELECT 1 FROM membership m JOIN person p USING (person_id) JOIN tenant t ON t.agency_id = m.agency_id
    WHERE t.tenant_id = ${tenantId} AND (m.tenant_id IS NULL OR m.tenant_id = t.tenant_id)
      AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL AND p.disabled_at IS NULL
      AND m.person_id <> ${personId}
    LIMIT 1`

  return rowCount > 0
}

/** Whether a person administers a tenant at this moment. */
export async function administers(db: MemberDb, tenantId: string, personId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    SELECT 1 FROM membership m JOIN person p USING (person_id) JOIN tenant t ON t.agency_id = m.agency_id
    WHERE t.tenant_id = ${tenantId} AND (m.tenant_id IS NULL OR m.tenant_id = t.tenant_id)
      AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL AND p.disabled_at IS NULL
      AND m.person_id = ${personId}
    LIMIT 1`

  return rowCount > 0
}
