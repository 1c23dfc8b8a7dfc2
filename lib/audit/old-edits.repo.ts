import { hotJson } from "@/lib/db/hot-call"
import { inTenant } from "@/lib/db/tenant-db"

/** How many rows one transaction deletes. */
const batch = 1_000

/**
 * Forgets who edited what longer ago than any rule asks: one batch, of the
 * tenant that has the oldest.
 *
 * @returns how many rows were forgotten; 0 when there is nothing left to forget
 */
export async function forgetOldEdits(): Promise<number> {
  const tenantId = await hotJson<string>("tenant_of_oldest_edit", [], "read")
  if (tenantId === null) return 0

  return inTenant(tenantId, async (db) => {
    const { rows } = await db.sql<{ forgotten: number }>`SELECT forget_old_edits(${batch}) AS forgotten`
    return rows[0]?.forgotten ?? 0
  })
}
