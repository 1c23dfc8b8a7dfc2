import { hotJson } from "@/lib/db/hot-call"
import { inTenant } from "@/lib/db/tenant-db"

/** How many rows one transaction deletes. */
const batch = 1_000

/**
 * Forgets simulations that were started seven days ago or more, what they
 * found first: one batch, of the tenant that has the oldest.
 *
 * @returns how many rows were forgotten; 0 when there is nothing left to forget
 */
export async function forgetOldSimulations(): Promise<number> {
  const tenantId = await hotJson<string>("tenant_of_oldest_simulation", [], "read")
  if (tenantId === null) return 0

  return inTenant(tenantId, async (db) => {
    const { rowCount: calls } = await db.sql`
      DELETE FROM simulated_call WHERE ctid = ANY (ARRAY(
        SELECT c.ctid FROM simulated_call c JOIN policy_simulation s USING (tenant_id, simulation_id)
        WHERE s.tenant_id = ${tenantId} AND s.started_at <= now() - interval '7 days'
        LIMIT ${batch}))`
    if (calls > 0) return calls

    const { rowCount } = await db.sql`
      DELETE FROM policy_simulation
      WHERE tenant_id = ${tenantId} AND started_at <= now() - interval '7 days'`
    return rowCount
  })
}
