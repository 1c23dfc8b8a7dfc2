import { hotJson } from "@/lib/db/hot-call"
import { inTenant } from "@/lib/db/tenant-db"

/** How many rows one transaction deletes. */
const batch = 1_000

/**
 * Forgets run tokens that expired an hour ago or more, of runs that nobody
 * closes: one batch, of the tenant that has the oldest.
 *
 * @returns how many were forgotten; 0 when there is nothing left to forget
 */
export async function forgetOldRunTokens(): Promise<number> {
  const tenantId = await hotJson<string>("tenant_of_oldest_run_token", [], "read")
  if (tenantId === null) return 0

  return inTenant(tenantId, async (db) => {
    const { rowCount } = await db.sql`
      DELETE FROM run_token WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM run_token
        WHERE tenant_id = ${tenantId} AND expires_at <= now() - interval '1 hour' LIMIT ${batch}))`
    return rowCount
  })
}
