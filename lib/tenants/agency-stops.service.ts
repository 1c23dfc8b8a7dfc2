import type { PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import type { AgencyDb, TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { requireAdministratorNow } from "@/lib/members/members.service"
import { notifyChange } from "@/lib/notifications/notifier"
import { agencyCommand, type AgencyDone, type AgencyEvent } from "@/lib/operations/agency-command"
import { partyOf } from "@/lib/operations/command"
import { newId } from "@/lib/operations/new-id"
import { cancelRest, cancelUnder, handOver, liftStop, throwStop } from "@/lib/stops/stops.service"
import { resumed, suspended } from "./stopping.service"
import { agencyStopId, markAgency } from "./stopping.repo"
import { lockTenant, saveTenant } from "./tenants.repo"

/**
 * Stops an agency: every tenant that was active is suspended in one
 * transaction, and what they have open is cancelled after it. No tenant can be
 * added or resumed until the stop is lifted.
 *
 * @throws AppError `not_found`, `forbidden`
 */
export async function stopAgency(
  actor: PersonActor,
  agencyId: string,
  reason: string,
): Promise<Readonly<{ stopId: string; wasStopped: boolean; cancelled: number }>> {
  const { stopId, tenantIds } = await stop(actor, agencyId, reason)
  if (tenantIds === null) return { stopId, wasStopped: true, cancelled: 0 }

  let cancelled = 0
  for (const tenantId of tenantIds) {
    cancelled += await cancelUnder(tenantId, { scope: "agency", subject: agencyId }, partyOf(actor))
  }

  return { stopId, wasStopped: false, cancelled }
}

/** The stop in force, and the tenants that it suspended just now: null when it was in force before. */
type AgencyStop = Readonly<{ stopId: string; tenantIds: readonly string[] | null }>

const stop: (actor: PersonActor, agencyId: string, reason: string) => Promise<AgencyStop> = agencyCommand(
  "kill:switch",
  async ({ actor, db }, reason: string): Promise<AgencyDone<AgencyStop>> => {
    await requireAdministratorNow(db, actor, db.agencyId)
    const known = await agencyStopId(db)
    if (known !== null) {
      return {
        value: { stopId: known, tenantIds: null },
        events: [everywhere(db, "agency.stopped", known, reason)],
      }
    }

    const stopId = newId("stop")
    await markAgency(db, { stopId, reason, personId: actor.personId })
    const events: AgencyEvent[] = []
    for (const tenantId of db.tenantIds) {
      const bound = await db.enter(tenantId)
      const tenant = await lockTenant(bound)
      if (tenant?.status !== "active") continue

      await throwStop(bound, {
        ...{ stopId, scope: "agency", subject: db.agencyId, held: ["active"], reason, byAgency: true },
        thrownById: actor.personId,
      })
      await saveTenant(bound, { name: tenant.name, status: "suspended" })
      events.push({ in: tenantId, event: suspended(tenantId, { stopId, reason, because: "agency_stopped" }) })
    }

    return {
      value: { stopId, tenantIds: events.map((event) => event.in) },
      events: [everywhere(db, "agency.stopped", stopId, reason), ...events],
    }
  },
)

/**
 * Lifts the stop of an agency: exactly the tenants that it suspended are active
 * again, but for those that were stopped by themselves meanwhile.
 *
 * @throws AppError `not_found`, `forbidden`, `conflict` when it was lifted already
 */
export async function liftAgencyStop(actor: PersonActor, agencyId: string): Promise<readonly string[]> {
  const { restored, tenantIds } = await lift(actor, agencyId, null)
  for (const tenantId of tenantIds) notifyChange({ tenantId, approvalId: "", runId: "" })

  return restored
}

const lift = agencyCommand("kill:switch", async ({ actor, db }, _: null) => {
  await requireAdministratorNow(db, actor, db.agencyId)
  const stopId = await agencyStopId(db)
  if (stopId === null) throw new AppError("conflict", "The stop was lifted a moment ago.")

  await markAgency(db, null)
  const restored: string[] = []
  for (const tenantId of db.tenantIds) {
    if (await restore(actor, await db.enter(tenantId), db.agencyId)) restored.push(tenantId)
  }

  return {
    value: { restored, tenantIds: db.tenantIds },
    events: [
      everywhere(db, "agency.lifted", stopId, null),
      ...restored.map((tenantId) => ({ in: tenantId, event: resumed(tenantId, { stopId, isActive: true }) })),
    ],
  }
})

/** Whether this tenant is active again. */
async function restore(actor: PersonActor, db: TenantDb, agencyId: string): Promise<boolean> {
  const tenant = await lockTenant(db)
  const stopped = { scope: "agency", subject: agencyId } as const
  const lifted = await liftStop(db, stopped, partyOf(actor))
  if (tenant === null || lifted === null) return false
  if (await handOver(db, { scope: "tenant", subject: db.tenantId }, lifted.held)) return false

  await cancelRest(db, stopped, partyOf(actor))
  await saveTenant(db, { name: tenant.name, status: "active" })
  return true
}

/** In the log of every tenant, whether or not it was stopped by this. */
function everywhere(
  { agencyId }: AgencyDb,
  type: "agency.stopped" | "agency.lifted",
  stopId: string,
  reason: string | null,
): AgencyEvent {
  const event: AuditEvent = {
    type,
    subject: { kind: "agency", id: agencyId },
    plain: { agencyId, stopId },
    secret: { reason },
  }

  return { in: "every_tenant", event }
}
