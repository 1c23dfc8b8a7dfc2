import type { TenantDb } from "@/lib/db/tenant-db"
import type { Environment, Tier, ToolRef, ToolState } from "./tool"

/** A tool as it is managed. */
export type ManagedTool = ToolState & Readonly<{ tier: Tier | null }>

/** A tool's row, locked until the transaction ends; null when there is none. */
export async function lockTool(db: TenantDb, ref: ToolRef): Promise<ManagedTool | null> {
  const { rows } = await db.sql<ManagedTool>`
    SELECT status, tier, definition_hash AS "definitionHash", pinned_by_id AS "pinnedById",
      proposed_hash AS "proposedHash"
    FROM tool
    WHERE tenant_id = ${db.tenantId} AND server = ${ref.server} AND name = ${ref.name} AND version = ${ref.version}
    FOR UPDATE`

  return rows[0] ?? null
}

/** The tier of the version of a tool that people accepted last, this one apart; null when they accepted none. */
export async function tierOfOtherVersion(db: TenantDb, ref: ToolRef): Promise<Tier | null> {
  const { rows } = await db.sql<{ tier: Tier | null }>`
    SELECT tier FROM tool
    WHERE tenant_id = ${db.tenantId} AND server = ${ref.server} AND name = ${ref.name} AND version <> ${ref.version}
      AND pinned_by_id IS NOT NULL
    ORDER BY pinned_at DESC, version DESC LIMIT 1`

  return rows[0]?.tier ?? null
}

/** A definition with the key that registered it. */
export type Offer = ToolRef & Readonly<{ definition: Uint8Array; hash: string; keyId: string }>

/** Adds a tool that nobody has accepted; false when somebody else added it first. */
export async function insertWaitingTool(db: TenantDb, offer: Offer): Promise<boolean> {
  const { rowCount } = await db.sql`
    INSERT INTO tool (
      tenant_id, server, name, version, definition, definition_hash, status, proposed_at, proposed_by_key_id
    ) VALUES (
      ${db.tenantId}, ${offer.server}, ${offer.name}, ${offer.version}, ${offer.definition}, ${offer.hash},
      'suspended', clock_timestamp(), ${offer.keyId})
    ON CONFLICT DO NOTHING`

  return rowCount > 0
}

/** Puts another definition in the place of one that nobody has accepted. */
export async function replaceWaiting(db: TenantDb, offer: Offer): Promise<void> {
  await db.sql`
    UPDATE tool SET definition = ${offer.definition}, definition_hash = ${offer.hash}, status = 'suspended',
      tier = NULL, proposed_at = clock_timestamp(), proposed_by_key_id = ${offer.keyId}
    WHERE tenant_id = ${db.tenantId} AND server = ${offer.server} AND name = ${offer.name}
      AND version = ${offer.version} AND pinned_by_id IS NULL`
}

/** Keeps a definition beside the accepted one, which stops being usable at once. */
export async function proposeDefinition(db: TenantDb, offer: Offer): Promise<void> {
  await db.sql`
    UPDATE tool SET proposed_definition = ${offer.definition}, proposed_hash = ${offer.hash}, status = 'suspended',
      proposed_at = clock_timestamp(), proposed_by_key_id = ${offer.keyId}
    WHERE tenant_id = ${db.tenantId} AND server = ${offer.server} AND name = ${offer.name}
      AND version = ${offer.version}`
}

/** Pins the definition on offer, with its tier. */
export async function pinOffered(
  db: TenantDb,
  ref: ToolRef,
  { tier, acceptedById }: Readonly<{ tier: Tier; acceptedById: string }>,
): Promise<void> {
  await db.sql`
    UPDATE tool SET definition = coalesce(proposed_definition, definition),
      definition_hash = coalesce(proposed_hash, definition_hash), tier = ${tier}, status = 'active',
      pinned_by_id = ${acceptedById}, pinned_at = clock_timestamp(),
      proposed_definition = NULL, proposed_hash = NULL, proposed_at = NULL, proposed_by_key_id = NULL
    WHERE tenant_id = ${db.tenantId} AND server = ${ref.server} AND name = ${ref.name} AND version = ${ref.version}`
}

export async function setTier(db: TenantDb, ref: ToolRef, tier: Tier): Promise<void> {
  await db.sql`
    UPDATE tool SET tier = ${tier}
    WHERE tenant_id = ${db.tenantId} AND server = ${ref.server} AND name = ${ref.name} AND version = ${ref.version}`
}

export async function suspendTool(db: TenantDb, ref: ToolRef): Promise<void> {
  await db.sql`
    UPDATE tool SET status = 'suspended'
    WHERE tenant_id = ${db.tenantId} AND server = ${ref.server} AND name = ${ref.name} AND version = ${ref.version}`
}

/** Makes the accepted definition usable again; one that was proposed since is dropped. */
export async function activateTool(db: TenantDb, ref: ToolRef): Promise<void> {
  await db.sql`
    UPDATE tool SET status = 'active',
      proposed_definition = NULL, proposed_hash = NULL, proposed_at = NULL, proposed_by_key_id = NULL
    WHERE tenant_id = ${db.tenantId} AND server = ${ref.server} AND name = ${ref.name} AND version = ${ref.version}`
}

/** A tool in one environment, whatever its version. */
export type Place = Readonly<{ environment: Environment; server: string; name: string }>

/** Allows a tool in an environment, or changes what it may change there; false when no version is registered. */
export async function saveAllowance(
  db: TenantDb,
  place: Place,
  { patchPaths, allowedById }: Readonly<{ patchPaths: readonly string[] | null; allowedById: string }>,
): Promise<boolean> {
  const { rowCount } = await db.sql`
    INSERT INTO tool_allowance (tenant_id, environment, server, name, patch_paths, allowed_by_id, allowed_at)
    SELECT ${db.tenantId}, ${place.environment}, ${place.server}, ${place.name}, ${patchPaths}::text[],
      ${allowedById}, clock_timestamp()
    WHERE EXISTS (
      SELECT FROM tool WHERE tenant_id = ${db.tenantId} AND server = ${place.server} AND name = ${place.name})
    ON CONFLICT (tenant_id, environment, server, name) DO UPDATE
    SET patch_paths = excluded.patch_paths, allowed_by_id = excluded.allowed_by_id, allowed_at = excluded.allowed_at`

  return rowCount > 0
}

export type AllowanceRow = Readonly<{ patchPaths: readonly string[] | null }>

/** Which fields a tool may change in an environment, locked until the transaction ends; null when it is not allowed. */
export async function findAllowance(db: TenantDb, place: Place): Promise<AllowanceRow | null> {
  const { rows } = await db.sql<AllowanceRow>`
    SELECT patch_paths AS "patchPaths" FROM tool_allowance
    WHERE tenant_id = ${db.tenantId} AND environment = ${place.environment} AND server = ${place.server}
      AND name = ${place.name}
    FOR UPDATE`

  return rows[0] ?? null
}

/** False when it was not allowed. That it was is remembered. */
export async function deleteAllowance(db: TenantDb, place: Place): Promise<boolean> {
  const { rowCount } = await db.sql`
    DELETE FROM tool_allowance
    WHERE tenant_id = ${db.tenantId} AND environment = ${place.environment} AND server = ${place.server}
      AND name = ${place.name}`
  if (rowCount === 0) return false

  await db.sql`
    INSERT INTO former_allowance (tenant_id, environment, server, name, ended_at)
    VALUES (${db.tenantId}, ${place.environment}, ${place.server}, ${place.name}, clock_timestamp())
    ON CONFLICT (tenant_id, environment, server, name) DO UPDATE SET ended_at = excluded.ended_at`
  return true
}

/** Whether a tool was allowed in an environment before and the allowance was taken away. */
export async function wasAllowed(db: TenantDb, place: Place): Promise<boolean> {
  const { rowCount } = await db.sql`
    SELECT 1 FROM former_allowance
    WHERE tenant_id = ${db.tenantId} AND environment = ${place.environment} AND server = ${place.server}
      AND name = ${place.name}`

  return rowCount > 0
}
