import type { TenantDb } from "@/lib/db/tenant-db"

/** A published version as it is stored. Its text and document never change. */
export type StoredPolicy = Readonly<{ version: number; document: Buffer; text: string; digest: string }>

/** The version in force of the tenant that this transaction is bound to; null without one. */
export async function versionInForce(db: TenantDb): Promise<number | null> {
  const { rows } = await db.sql<{ version: number }>`
    SELECT policy_version AS version FROM tenant WHERE tenant_id = ${db.tenantId}`

  return rows[0]?.version ?? null
}

/** The same, with the row locked against other changes of the rules; what only refers to the tenant goes on. */
export async function lockVersionInForce(db: TenantDb): Promise<number | null> {
  const { rows } = await db.sql<{ version: number }>`
    SELECT policy_version AS version FROM tenant WHERE tenant_id = ${db.tenantId} FOR NO KEY UPDATE`

  return rows[0]?.version ?? null
}

export async function findPolicy(db: TenantDb, version: number): Promise<StoredPolicy | null> {
  const { rows } = await db.sql<StoredPolicy>`
    SELECT version, document, text, digest FROM policy_version
    WHERE tenant_id = ${db.tenantId} AND version = ${version}`

  return rows[0] ?? null
}

export type NewPolicy = Omit<StoredPolicy, "version" | "document"> &
  Readonly<{
    document: Uint8Array
    note: string
    authorId: string
    approvedById: string | null
    basedOn: number
    restores: number | null
    rolloutId: string | null
  }>

/**
 * Adds the next version and puts it in force, which moves the tenant's rules.
 * The tenant's row must be locked.
 *
 * @returns its number
 */
export async function insertPolicy(db: TenantDb, policy: NewPolicy): Promise<number> {
  const { rows } = await db.sql<{ version: number }>`
    INSERT INTO policy_version (
      tenant_id, version, document, text, digest, note, author_id, approved_by_id, published_at, based_on, restores,
      rollout_id
    )
    SELECT t.tenant_id, greatest(t.policy_version, (
        SELECT max(version) FROM policy_version WHERE tenant_id = ${db.tenantId})) + 1,
      ${policy.document}, ${policy.text}, ${policy.digest}, ${policy.note}, ${policy.authorId}, ${policy.approvedById},
      clock_timestamp(), ${policy.basedOn}, ${policy.restores}, ${policy.rolloutId}
    FROM tenant t WHERE t.tenant_id = ${db.tenantId}
    RETURNING version`
  const [{ version } = { version: 0 }] = rows
  await db.sql`UPDATE tenant SET policy_version = ${version} WHERE tenant_id = ${db.tenantId}`

  return version
}

/** The version that a rollout published here; what rolled it back restores another one and is not it. */
export async function versionOfRollout(db: TenantDb, rolloutId: string): Promise<RolledOut | null> {
  const { rows } = await db.sql<RolledOut>`
    SELECT version, based_on AS "basedOn" FROM policy_version
    WHERE tenant_id = ${db.tenantId} AND rollout_id = ${rolloutId} AND restores IS NULL`

  return rows[0] ?? null
}

export type RolledOut = Readonly<{ version: number; basedOn: number }>
