import type { PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { notifyChange } from "@/lib/notifications/notifier"
import { command, partyOf } from "@/lib/operations/command"
import { jointCommand, type Joint, type JointDone } from "@/lib/operations/joint-command"
import {
  cancelAll,
  cancelRest,
  liftStop,
  throwStop,
  type StoppedAll,
  type Thrown,
} from "@/lib/stops/stops.service"
import { holdAgency } from "./stopping.repo"
import { lockTenant, saveTenant, type TenantRow } from "./tenants.repo"

/** In `held`: the tenant was active, and lifting makes it active again. */
const wasActive = ["active"]

/**
 * Stops tenants, all of them or none: no key of them lives, and what is open is cancelled.
 *
 * @throws AppError `not_found`, `forbidden`
 */
export async function stopTenants(
  actor: PersonActor,
  tenants: readonly Joint<StopTenant>[],
): Promise<readonly StoppedAll[]> {
  const thrown = await stop(actor, tenants)

  return cancelAll(
    actor,
    thrown,
    tenants.map(({ tenantId }) => ({ tenantId, scope: "tenant", subject: tenantId })),
  )
}

export type StopTenant = Readonly<{ reason: string; byAgency: boolean }>

const stop = jointCommand(
  "kill:switch",
  async ({ actor, db }, { reason, byAgency }: StopTenant): Promise<JointDone<Thrown>> => {
    await holdAgency(db)
    const tenant = await requireTenant(db)
    const thrown = await throwStop(db, {
      ...{ scope: "tenant" as const, subject: db.tenantId, reason, byAgency, thrownById: actor.personId },
      held: tenant.status === "active" ? wasActive : [],
    })
    await saveTenant(db, { name: tenant.name, status: "suspended" })

    return { value: thrown, events: [suspended(db.tenantId, { stopId: thrown.stopId, reason })] }
  },
)

/**
 * Lifts the stop of a tenant, which is active again if it was before.
 *
 * @throws AppError `agency_stopped` while the whole agency is stopped, `conflict` when it was lifted already
 */
export async function liftTenantStop(actor: PersonActor, tenantId: string): Promise<readonly string[]> {
  const restored = await lift(actor, tenantId, null)
  notifyChange({ tenantId, approvalId: "", runId: "" })

  return restored
}

const lift = command("kill:switch", async ({ actor, db }, _: null) => {
  const agency = await holdAgency(db)
  const tenant = await requireTenant(db)
  if (agency === null || agency.stopId !== null) throw new AppError("agency_stopped")

  const stopped = { scope: "tenant", subject: db.tenantId } as const
  const lifted = await liftStop(db, stopped, partyOf(actor))
  if (lifted === null) throw new AppError("conflict", "The stop was lifted a moment ago.")

  await cancelRest(db, stopped, partyOf(actor))
  const isRestored = lifted.held.length > 0
  if (isRestored) await saveTenant(db, { name: tenant.name, status: "active" })

  return {
    value: isRestored ? [db.tenantId] : [],
    events: [resumed(db.tenantId, { stopId: lifted.stopId, isActive: isRestored })],
  }
})

/** The leaf of a tenant that was stopped, by itself or with its agency. */
export function suspended(
  tenantId: string,
  { stopId, reason, because = "kill_switch" }: Readonly<{ stopId: string; reason: string; because?: string }>,
): AuditEvent {
  const subject = { kind: "tenant", id: tenantId } as const
  return { type: "tenant.suspended", subject, plain: { because, stopId }, secret: { reason } }
}

/** The leaf of a tenant whose stop was lifted. */
export function resumed(
  tenantId: string,
  { stopId, isActive }: Readonly<{ stopId: string; isActive: boolean }>,
): AuditEvent {
  const subject = { kind: "tenant", id: tenantId } as const
  return { type: "tenant.resumed", subject, plain: { because: "stop_lifted", stopId, isActive } }
}

async function requireTenant(db: TenantDb): Promise<TenantRow> {
  const found = await lockTenant(db)
  if (found === null) throw new AppError("not_found")

  return found
}
