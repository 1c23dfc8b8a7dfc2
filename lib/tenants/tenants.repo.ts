import type { TenantDb } from "@/lib/db/tenant-db"
import { writeUnbound } from "@/lib/db/unbound"

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
  await writeUnbound("INSERT INTO agency (agency_id, name, created_at) VALUES ($1, $2, clock_timestamp())", [
    agency.agencyId,
    agency.name,
  ])
}

export type TenantRow = Readonly<{
  tenantId: string
  agencyId: string
  name: string
  status: string
  policyVersion: number
  createdAt: Date
}>

/** The tenant that this transaction is bound to, locked; null when it is not there. */
export async function lockTenant(db: TenantDb): Promise<TenantRow | null> {
  const { rows } = await db.sql<TenantRow>`
    SELECT tenant_id AS "tenantId", agency_id AS "agencyId", name, status, policy_version AS "policyVersion",
      created_at AS "createdAt"
    FROM tenant WHERE tenant_id = ${db.tenantId} FOR UPDATE`

  return rows[0] ?? null
}

export async function saveTenant(
  db: TenantDb,
  { name, status }: Readonly<{ name: string; status: string }>,
): Promise<void> {
  await db.sql`UPDATE tenant SET name = ${name}, status = ${status} WHERE tenant_id = ${db.tenantId}`
}

/** The name of the tenant that this transaction is bound to. */
export async function nameOfTenant(db: TenantDb): Promise<string | null> {
  const { rows } = await db.sql<{ name: string }>`SELECT name FROM tenant WHERE tenant_id = ${db.tenantId}`

  return rows[0]?.name ?? null
}
