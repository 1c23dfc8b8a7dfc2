import { hotJson } from "@/lib/db/hot-call"
import { inTenant } from "@/lib/db/tenant-db"

/** How many rows one transaction deletes. */
const batch = 1_000

/**
 * Forgets what was used of limits in windows that ended a day ago or more: one
 * batch, of one tenant. What a run has used goes when it is closed.
 *
 * @returns how many were forgotten; 0 when there is nothing left to forget
 */
export async function forgetOldLimits(): Promise<number> {
  const tenantId = await hotJson<string>("tenant_of_old_limits", [], "read")
  if (tenantId === null) return 0

  return inTenant(tenantId, async (db) => {
    const { rowCount } = await db.sql`
      DELETE FROM limit_slot WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM limit_slot
        WHERE tenant_id = ${tenantId} AND run_id IS NULL AND window_start <= now() - interval '2 days'
        LIMIT ${batch}))`
    return rowCount
  })
}
