import { hotJson } from "@/lib/db/hot-call"
import { inTenant } from "@/lib/db/tenant-db"

/** How many rows one transaction deletes. */
const batch = 1_000

/**
 * Forgets what was shown to whom 90 days ago: one batch, of the tenant that has
 * the oldest.
 *
 * @returns how many rows were forgotten; 0 when there is nothing left to forget
 */
export async function forgetOldViews(): Promise<number> {
  const tenantId = await hotJson<string>("tenant_of_oldest_view", [], "read")
  if (tenantId === null) return 0

  return inTenant(tenantId, async (db) => {
    const { rowCount } = await db.sql`
      DELETE FROM approval_view WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM approval_view
        WHERE tenant_id = ${tenantId} AND last_seen_at <= now() - interval '90 days'
        LIMIT ${batch}))`
    return rowCount
  })
}
