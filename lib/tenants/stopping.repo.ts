import type { AgencyDb, TenantDb } from "@/lib/db/tenant-db"

/** Whether the agency is stopped. Its row is locked by whoever is in an agency's transaction. */
export async function agencyStopId(db: AgencyDb): Promise<string | null> {
  const { rows } = await db.sql<{ stopId: string | null }>`
    SELECT stop_id AS "stopId" FROM agency WHERE agency_id = ${db.agencyId}`

  return rows[0]?.stopId ?? null
}

/** The agency of a tenant, held as it is until the transaction ends. Taken before the tenant's own row. */
export async function holdAgency(
  db: TenantDb,
): Promise<Readonly<{ agencyId: string; stopId: string | null }> | null> {
  const { rows } = await db.sql<{ agencyId: string; stopId: string | null }>`
    SELECT a.agency_id AS "agencyId", a.stop_id AS "stopId"
    FROM agency a JOIN tenant t ON t.agency_id = a.agency_id
    WHERE t.tenant_id = ${db.tenantId} FOR SHARE OF a`

  return rows[0] ?? null
}

export async function markAgency(
  db: AgencyDb,
  stop: Readonly<{ stopId: string; reason: string; personId: string }> | null,
): Promise<void> {
  await db.sql`
    UPDATE agency SET stop_id = ${stop?.stopId ?? null}, stop_reason = ${stop?.reason ?? null},
      stopped_by_id = ${stop?.personId ?? null},
      stopped_at = CASE WHEN ${stop?.stopId ?? null}::text IS NOT NULL THEN clock_timestamp() END
    WHERE agency_id = ${db.agencyId}`
}
