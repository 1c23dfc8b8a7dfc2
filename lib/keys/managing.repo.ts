import type { Scope } from "@/lib/access/permissions"
import type { TenantDb } from "@/lib/db/tenant-db"

/** A key as it is managed. */
export type ManagedKey = Readonly<{
  keyId: string
  name: string
  mode: "live" | "test"
  environments: string[]
  scopes: Scope[]
  addresses: string[]
  ownerId: string
  familyId: string
  isLive: boolean
  isRevoked: boolean
}>

/**
 * A key, its whole line of rotations locked by its first: of two changes to one
 * line the second sees the first. Null when there is none.
 */
export async function lockKey(db: TenantDb, keyId: string): Promise<ManagedKey | null> {
  await db.sql`
    SELECT 1 FROM api_key WHERE tenant_id = ${db.tenantId} AND key_id = (
      SELECT coalesce(family_id, key_id) FROM api_key WHERE tenant_id = ${db.tenantId} AND key_id = ${keyId})
    FOR NO KEY UPDATE`
  const { rows } = await db.sql<ManagedKey>`
    SELECT key_id AS "keyId", name, mode, environments, scopes, addresses, owner_id AS "ownerId",
      coalesce(family_id, key_id) AS "familyId", revoked_at IS NOT NULL AS "isRevoked",
      revoked_at IS NULL AND expires_at > clock_timestamp() AS "isLive"
    FROM api_key WHERE tenant_id = ${db.tenantId} AND key_id = ${keyId}`

  return rows[0] ?? null
}

/** How many keys of a line can be used now. */
export async function countLive(db: TenantDb, familyId: string): Promise<number> {
  const { rows } = await db.sql<{ live: number }>`
    SELECT count(*)::int AS live FROM api_key
    WHERE tenant_id = ${db.tenantId} AND (key_id = ${familyId} OR family_id = ${familyId})
      AND revoked_at IS NULL AND expires_at > clock_timestamp()`

  return rows[0]?.live ?? 0
}

/** Lets a key end this soon, unless it ends sooner by itself. */
export async function endAfter(db: TenantDb, keyId: string, hours: number): Promise<void> {
  await db.sql`
    UPDATE api_key SET expires_at = least(expires_at, clock_timestamp() + make_interval(hours => ${hours}))
    WHERE tenant_id = ${db.tenantId} AND key_id = ${keyId}`
}

export async function revokeKey(db: TenantDb, keyId: string): Promise<void> {
  await db.sql`
    UPDATE api_key SET revoked_at = clock_timestamp() WHERE tenant_id = ${db.tenantId} AND key_id = ${keyId}`
}

export async function changeKey(
  db: TenantDb,
  keyId: string,
  { name, addresses }: Readonly<{ name: string; addresses: readonly string[] }>,
): Promise<void> {
  await db.sql`
    UPDATE api_key SET name = ${name}, addresses = ${[...addresses]}::text[]
    WHERE tenant_id = ${db.tenantId} AND key_id = ${keyId}`
}

/** Which of these ranges have bits set beyond their length, such as 203.0.113.7/24: the index of each. */
export async function looseRanges(db: TenantDb, ranges: readonly string[]): Promise<readonly number[]> {
  const { rows } = await db.sql<{ index: number }>`
    SELECT place::int - 1 AS index FROM unnest(${[...ranges]}::text[]) WITH ORDINALITY AS given(range, place)
    WHERE range::inet <> network(range::inet)::inet`

  return rows.map(({ index }) => index)
}

/** Whether a person has a part in this tenant, directly or through its agency. */
export async function isMemberHere(db: TenantDb, personId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    SELECT 1 FROM membership m JOIN tenant t ON t.agency_id = m.agency_id
    WHERE m.person_id = ${personId} AND m.ended_at IS NULL AND t.tenant_id = ${db.tenantId}
      AND (m.tenant_id IS NULL OR m.tenant_id = t.tenant_id)`

  return rowCount > 0
}
