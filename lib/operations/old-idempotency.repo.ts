import { hotJson } from "@/lib/db/hot-call"
import { inTenant } from "@/lib/db/tenant-db"

/** How many rows one transaction deletes. */
const batch = 1_000

/**
 * Forgets creates that can no longer be repeated, after 24 hours (SPEC 4.2.7):
 * one batch, of the tenant that has the oldest.
 *
 * @returns how many were forgotten; 0 when there is nothing left to forget
 */
export async function forgetOldIdempotency(): Promise<number> {
  const tenantId = await hotJson<string>("tenant_of_oldest_idempotency", [], "read")
  if (tenantId === null) return 0

  return inTenant(tenantId, async (db) => {
    const { rowCount } = await db.sql`
      DELETE FROM idempotency WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM idempotency
        WHERE tenant_id = ${tenantId} AND created_at <= now() - interval '24 hours' LIMIT ${batch}))`
    return rowCount
  })
}
