import { inTenant } from "@/lib/db/tenant-db"
import { notifyChange } from "@/lib/notifications/notifier"
import { expireDueApprovals } from "./expiry.repo"

/**
 * Labels a tenant's approvals whose time is up. Nothing rests on it: who votes
 * or spends compares with the clock.
 *
 * @returns how many were labelled, at most `max`
 */
export async function labelExpired(tenantId: string, max: number): Promise<number> {
  const expired = await inTenant(tenantId, (db) => expireDueApprovals(db, max))
  for (const approval of expired) notifyChange({ tenantId, ...approval })

  return expired.length
}
