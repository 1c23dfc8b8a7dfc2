import { inTenant } from "@/lib/db/tenant-db"
import { notifyChange } from "@/lib/notifications/notifier"
import { expireDueApprovals, markClosing } from "./expiry.repo"

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

/**
 * Tells pages of approvals that are about to lapse, of each once. It is a
 * courtesy: pages count down by themselves, and agents are told nothing.
 *
 * @returns how many were told of, at most `max`
 */
export async function warnOfClosing(tenantId: string, max: number): Promise<number> {
  const closing = await inTenant(tenantId, (db) => markClosing(db, max))
  for (const approval of closing) notifyChange({ tenantId, ...approval })

  return closing.length
}
