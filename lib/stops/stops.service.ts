import type { Actor } from "@/lib/access/actor"
import type { AuditParty } from "@/lib/audit/audit-event"
import { hotJson } from "@/lib/db/hot-call"
import { inTenant, type TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { notifyChange } from "@/lib/notifications/notifier"
import { partyOf } from "@/lib/operations/command"
import { newId } from "@/lib/operations/new-id"
import { toolSubject } from "./stop"
import {
  cancelStopped,
  endStop,
  findUnswept,
  holdFor,
  insertStop,
  isAnyToolStopped,
  lockStop,
  markSwept,
  type NewStop,
  type Stopped,
  type StopRow,
} from "./stops.repo"

/** How many approvals one transaction cancels: the switch is thrown before the first of them. */
const batch = 200

const because: Readonly<Record<Stopped["scope"], string>> = {
  key: "key_revoked",
  tool: "tool_suspended",
  tenant: "tenant_suspended",
  agency: "agency_stopped",
}

/** A stop that is in force; `isNew`: since this moment. */
export type Thrown = Readonly<{ stopId: string; isNew: boolean }>

/**
 * Writes down a stop in the transaction that throws the switch. Of two at once
 * the second is told of the first: `isNew` is false.
 */
export async function throwStop(
  db: TenantDb,
  stop: Omit<NewStop, "stopId"> & Readonly<{ stopId?: string }>,
): Promise<Thrown> {
  const stopId = stop.stopId ?? newId("stop")
  if (await insertStop(db, { ...stop, stopId })) return { stopId, isNew: true }

  const known = await lockStop(db, { scope: stop.scope, subject: stop.subject })
  if (known === null) throw new AppError("conflict", "It was lifted a moment ago. Stop it again.")

  return { stopId: known.stopId, isNew: false }
}

/** Ends the stop of this, if one is in force, and gives it. */
export async function liftStop(db: TenantDb, stopped: Stopped, by: AuditParty): Promise<StopRow | null> {
  const known = await lockStop(db, stopped)
  if (known !== null) await endStop(db, known.stopId, by.id)

  return known
}

/** Leaves to the stop of this, if one is in force, what another one gives back; false when none is. */
export async function handOver(db: TenantDb, to: Stopped, held: readonly string[]): Promise<boolean> {
  const known = await lockStop(db, to)
  if (known !== null) await holdFor(db, known.stopId, held)

  return known !== null
}

/** @throws AppError `tool_stopped` */
export async function assertToolNotStopped(
  db: TenantDb,
  { server, name, version }: Readonly<{ server: string; name: string; version: string }>,
): Promise<void> {
  const subjects = [toolSubject({ server, name, version: null }), toolSubject({ server, name, version })]
  if (await isAnyToolStopped(db, subjects)) throw new AppError("tool_stopped")
}

/**
 * Cancels what is open under something that is stopped already, so that nothing
 * new is added meanwhile, and wakes who waits for it.
 *
 * @returns how many approvals ended
 */
export async function cancelUnder(tenantId: string, stopped: Stopped, by: AuditParty): Promise<number> {
  // Pages show what is stopped, also where nothing was open.
  notifyChange({ tenantId, approvalId: "", runId: "" })
  return inPasses(async () => {
    const ended = await inTenant(tenantId, (db) =>
      cancelStopped(db, { ...stopped, because: because[stopped.scope], by }, batch),
    )
    for (const approval of ended) notifyChange({ tenantId, ...approval })
    return ended
  })
}

/**
 * Passes until one that is not the first ends nothing: where one waited for an
 * approval that somebody was making another of, only the next sees that one.
 *
 * @returns how many ended
 */
async function inPasses(pass: () => Promise<readonly unknown[]>): Promise<number> {
  let total = (await pass()).length
  for (;;) {
    const { length } = await pass()
    if (length === 0) return total
    total += length
  }
}

/** What came of stopping one of several things. */
export type StoppedAll = Readonly<{ stopId: string; wasStopped: boolean; cancelled: number }>

/** Cancels what is open under several things that were stopped together, one after the other. */
export async function cancelAll(
  actor: Actor,
  thrown: readonly Thrown[],
  places: readonly (Stopped & Readonly<{ tenantId: string }>)[],
): Promise<readonly StoppedAll[]> {
  const all: StoppedAll[] = []
  for (const [index, { tenantId, ...stopped }] of places.entries()) {
    const stop = thrown[index]
    if (stop === undefined) throw new AppError("internal")
    const cancelled = await cancelUnder(tenantId, stopped, partyOf(actor))
    all.push({ stopId: stop.stopId, wasStopped: !stop.isNew, cancelled })
  }

  return all
}

/** The same in the caller's transaction, for what slipped in before a stop was seen: it must not outlive a lift. */
export async function cancelRest(db: TenantDb, stopped: Stopped, by: AuditParty): Promise<void> {
  await inPasses(() => cancelStopped(db, { ...stopped, because: because[stopped.scope], by }, batch))
}

/** The first tenant after this one in which a stop has to be gone over again; null when there is none. */
export function nextUnsweptTenant(after: string): Promise<string | null> {
  return hotJson<string>("next_unswept_tenant", [after], "read")
}

/**
 * Goes over a tenant's stops once more, when requests that were under way as
 * they were thrown have ended. A process that died while cancelling is made up for too.
 *
 * @returns how many stops were gone over
 */
export async function sweepStops(tenantId: string): Promise<number> {
  const stops = await inTenant(tenantId, findUnswept)
  for (const { stopId, ...stopped } of stops) {
    await cancelUnder(tenantId, stopped, { kind: "system", id: "kill_switch" })
    await inTenant(tenantId, (db) => markSwept(db, stopId))
  }

  return stops.length
}
