import { runtime } from "@/lib/env/runtime"
import type { TenantDb } from "@/lib/db/tenant-db"

/** Adds the tenant that this transaction is bound to. */
export async function insertTenant(
  db: TenantDb,
  tenant: Readonly<{ agencyId: string; name: string }>,
): Promise<void> {
  await db.sql`
    INSERT INTO tenant (tenant_id, agency_id, name, created_at)
    VALUES (${db.tenantId}, ${tenant.agencyId}, ${tenant.name}, clock_timestamp())`
}

/** Adds an agency, which is above every tenant. */
export async function insertAgency(agency: Readonly<{ agencyId: string; name: string }>): Promise<void> {
  await runtime().pool.query(
    "INSERT INTO agency (agency_id, name, created_at) VALUES ($1, $2, clock_timestamp())",
    [agency.agencyId, agency.name],
  )
}
