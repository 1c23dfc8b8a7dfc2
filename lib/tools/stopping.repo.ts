import type { TenantDb } from "@/lib/db/tenant-db"

type Place = Readonly<{ server: string; name: string; version: string | null }>

/** The versions of a tool, locked; only the one that is named when one is. */
export async function lockVersions(
  db: TenantDb,
  { server, name, version }: Place,
): Promise<readonly Readonly<{ version: string; status: string }>[]> {
  // The tenant first: what moves its rules moves its row after the tool's.
  await db.sql`SELECT 1 FROM tenant WHERE tenant_id = ${db.tenantId} FOR NO KEY UPDATE`
  const { rows } = await db.sql<{ version: string; status: string }>`
    SELECT version, status FROM tool
    WHERE tenant_id = ${db.tenantId} AND server = ${server} AND name = ${name}
      AND version = coalesce(${version}, version)
    ORDER BY version FOR UPDATE`

  return rows
}

export async function suspendVersions(
  db: TenantDb,
  { server, name }: Place,
  versions: readonly string[],
): Promise<void> {
  await db.sql`
    UPDATE tool SET status = 'suspended'
    WHERE tenant_id = ${db.tenantId} AND server = ${server} AND name = ${name}
      AND version = ANY (${[...versions]}::text[])`
}

/** Makes these versions usable again but for those whose definition is another by now; gives those that are. */
export async function restoreVersions(
  db: TenantDb,
  { server, name }: Place,
  versions: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await db.sql<{ version: string }>`
    UPDATE tool SET status = 'active'
    WHERE tenant_id = ${db.tenantId} AND server = ${server} AND name = ${name}
      AND version = ANY (${[...versions]}::text[]) AND status = 'suspended' AND proposed_hash IS NULL
      AND tier IS NOT NULL
    RETURNING version`

  return rows.map(({ version }) => version)
}
