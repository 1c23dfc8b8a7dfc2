import { cancelOpenApprovals } from "@/lib/approvals/approvals.service"
import type { AuditEvent } from "@/lib/audit/audit-event"
import { inTenant, type TenantDb } from "@/lib/db/tenant-db"
import { appendClockEvents } from "@/lib/operations/clock-events"
import { endIn, holdRun, tellOf } from "@/lib/runs/runs.service"
import { findUntold, lockPeriod, markTold, type CanaryRow } from "./canaries.repo"
import { planIn } from "./planning.service"

/**
 * Tells a tenant's log of a canary that has ended, ends what is left of it, and
 * plans the next one where none is under way. What became of it was written when
 * it ended, so that this can wait.
 */
export async function tellEnded(tenantId: string): Promise<void> {
  const told = await inTenant(tenantId, async (db) => {
    // The setting first, as whoever changes it does.
    const periodDays = await lockPeriod(db)
    const canary = await findUntold(db)
    const ended = canary === null ? null : await tellIn(db, canary)
    const planned = periodDays === null ? null : await planIn(db, periodDays)
    const [first, ...rest] = [...(ended?.events ?? []), ...(planned === null ? [] : [planned])]
    if (first !== undefined) await appendClockEvents(db, [first, ...rest])

    return ended
  })
  told?.wake()
}

/** What is to be written of a canary, and what is to be woken once that is committed. */
export type Told = Readonly<{ events: readonly AuditEvent[]; wake: () => void }>

/**
 * Ends the run of a canary with whatever is open in it, and says what it was.
 * The run is locked before the approval, and both before the canary.
 */
export async function tellIn(
  db: TenantDb,
  { canaryId, runId }: Pick<CanaryRow, "canaryId" | "runId">,
): Promise<Told> {
  const closing = runId === null ? { approvalIds: [], events: [] } : await endRunOf(db, runId)
  const told = await markTold(db, canaryId)
  const { approvalId = null } = told ?? {}

  return {
    events: [...closing.events, ...(told === null ? [] : [revealed(told)])],
    wake: () => {
      if (runId !== null) tellOf(db.tenantId, runId, approvalId === null ? closing.approvalIds : [approvalId])
    },
  }
}

/** Why what is open of a canary ends. */
const because = "canary"

async function endRunOf(db: TenantDb, runId: string) {
  await holdRun(db, runId)
  const cancelled = await cancelOpenApprovals(db, { runId }, because)
  const { events } = await endIn(db, { runId, reason: null })

  return { approvalIds: cancelled.approvalIds, events: [...cancelled.events, ...events] }
}

/** By which anybody can see that the approval was a canary from the beginning: its id follows from the secret. */
function revealed({ status, canaryId, endedBecause, ...told }: CanaryRow): AuditEvent {
  return {
    type: `canary.${status}`,
    subject: { kind: "canary", id: canaryId },
    plain: { canaryId, ...told, code: endedBecause },
  }
}
