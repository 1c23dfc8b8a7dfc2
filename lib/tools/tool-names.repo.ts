import type { TenantDb } from "@/lib/db/tenant-db"
import type { ToolName } from "./look-alike"

/** Every tool's name in the tenant, which gets no other one until the transaction ends. */
export async function lockToolNames(db: TenantDb): Promise<readonly ToolName[]> {
  await db.sql`SELECT 1 FROM tenant WHERE tenant_id = ${db.tenantId} FOR NO KEY UPDATE`
  const { rows } = await db.sql<ToolName>`
    SELECT DISTINCT server, name FROM tool WHERE tenant_id = ${db.tenantId}`

  return rows
}
