import { inTenant, type TenantDb } from "@/lib/db/tenant-db"
import type { Environment, Tier } from "./tool"

/** A tool that may be used in one environment: registered, accepted, with a tier, on the allowlist. */
export type UsableTool = Readonly<{
  server: string
  name: string
  version: string
  tier: Tier
  definition: Buffer
}>

export async function findUsableTools(
  db: TenantDb,
  environment: Environment,
): Promise<readonly UsableTool[]> {
  const { rows } = await db.sql<UsableTool>`
    SELECT t.server, t.name, t.version, t.tier, t.definition
    FROM tool t JOIN tool_allowance a
      ON a.tenant_id = t.tenant_id AND a.server = t.server AND a.name = t.name AND a.environment = ${environment}
    WHERE t.tenant_id = ${db.tenantId} AND t.status = 'active' AND t.tier IS NOT NULL
    ORDER BY t.server, t.name, t.version`

  return rows
}

/** A registered definition's JCS bytes, or null. */
export async function findDefinition(tenantId: string, definitionHash: string): Promise<Buffer | null> {
  return inTenant(tenantId, async (db) => {
    const { rows } = await db.sql<{ definition: Buffer }>`
      SELECT definition FROM tool
      WHERE tenant_id = ${db.tenantId} AND definition_hash = ${definitionHash} LIMIT 1`

    return rows[0]?.definition ?? null
  })
}

export type NewTool = Readonly<{
  server: string
  name: string
  version: string
  definition: Uint8Array
  definitionHash: string
  tier: Tier
  acceptedById: string
}>

/** Adds a tool whose definition and tier a person has accepted. */
export async function insertAcceptedTool(db: TenantDb, tool: NewTool): Promise<void> {
  await db.sql`
    INSERT INTO tool (
      tenant_id, server, name, version, definition, definition_hash, tier, status, pinned_by_id, pinned_at
    ) VALUES (
      ${db.tenantId}, ${tool.server}, ${tool.name}, ${tool.version}, ${tool.definition}, ${tool.definitionHash},
      ${tool.tier}, 'active', ${tool.acceptedById}, clock_timestamp())`
}

export async function insertAllowance(
  db: TenantDb,
  allowance: Readonly<{
    environment: Environment
    server: string
    name: string
    /** JSON Pointers of the record fields that the tool may change, each with what is below it; null = any. */
    patchPaths: readonly string[] | null
    allowedById: string
  }>,
): Promise<void> {
  await db.sql`
    INSERT INTO tool_allowance (tenant_id, environment, server, name, patch_paths, allowed_by_id, allowed_at)
    VALUES (
      ${db.tenantId}, ${allowance.environment}, ${allowance.server}, ${allowance.name}, ${allowance.patchPaths},
      ${allowance.allowedById}, clock_timestamp())`
}
