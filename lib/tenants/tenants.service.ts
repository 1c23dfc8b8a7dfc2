import type { PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import { inTenant, type AgencyDb, type TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { placeFields } from "@/lib/members/member"
import { membersOfAgency, requireAdministratorNow } from "@/lib/members/members.service"
import { onlyAgencyOf } from "@/lib/members/invitations.service"
import { notifyChange } from "@/lib/notifications/notifier"
import { agencyCommand, type AgencyEvent } from "@/lib/operations/agency-command"
import { partyOf } from "@/lib/operations/command"
import { newId } from "@/lib/operations/new-id"
import { cancelRest, cancelUnder, liftStop, throwStop } from "@/lib/stops/stops.service"
import { agencyStopId } from "./stopping.repo"
import { suspended } from "./stopping.service"
import { toTenantView, type ChangeTenantBody, type CreateTenantBody, type TenantView } from "./tenant.schema"
import { insertTenant, lockTenant, nameOfTenant, saveTenant, type TenantRow } from "./tenants.repo"
import { readTenant } from "./tenants.queries"

/**
 * Adds a client to an agency. Its log begins with who can act in it.
 *
 * @throws AppError `not_found`, `forbidden`, `agency_stopped`, `invalid_request` when the agency has to be named
 */
export async function createTenant(
  actor: PersonActor,
  { agencyId, name }: CreateTenantBody,
): Promise<TenantView> {
  return saveNewTenant(actor, agencyId ?? onlyAgencyOf(actor), name)
}

const saveNewTenant = agencyCommand("tenant:create", async ({ actor, db }, name: string) => {
  await requireAdministratorNow(db, actor, db.agencyId)
  if ((await agencyStopId(db)) !== null) throw new AppError("agency_stopped")
  const tenantId = newId("tenant")
  const bound = await db.enter(tenantId)
  await insertTenant(bound, { agencyId: db.agencyId, name })
  const members = await membersOfAgency(db, db.agencyId)
  const created: AuditEvent = {
    type: "tenant.created",
    subject: { kind: "tenant", id: tenantId },
    plain: { agencyId: db.agencyId },
    secret: { name },
  }

  return {
    value: toTenantView(await requireTenant(bound)),
    events: [
      { in: tenantId, event: created },
      ...members.map(({ membershipId, personId, role, ...place }): AgencyEvent => {
        const subject = { kind: "member", id: membershipId } as const
        const plain = { personId, role, because: "tenant_created", ...placeFields(place) }
        return { in: tenantId, event: { type: "member.added", subject, plain } }
      }),
    ],
  }
})

/**
 * Renames, suspends or resumes a client. A suspended one is stopped as by a
 * kill switch: it has no live key, what waits for people or was approved is
 * cancelled, and everybody in it is told until it is resumed or the stop lifted.
 *
 * @throws AppError `not_found`, `forbidden`, `agency_stopped` when it would resume while its agency is stopped
 */
export async function changeTenant(
  actor: PersonActor,
  tenantId: string,
  change: ChangeTenantBody,
): Promise<TenantView> {
  const { agencyId } = await readTenant(actor, tenantId)
  const { tenant, isOther } = await saveChange(actor, agencyId, { tenantId, ...change })
  if (isOther && tenant.status === "suspended") await cancelUnder(tenantId, whole(tenantId), partyOf(actor))
  if (isOther && tenant.status === "active") notifyChange({ tenantId, approvalId: "", runId: "" })

  return tenant
}

type Change = ChangeTenantBody & Readonly<{ tenantId: string }>

const saveChange = agencyCommand("tenant:change", async ({ actor, db }, { tenantId, ...change }: Change) => {
  await requireAdministratorNow(db, actor, db.agencyId)
  if (!db.tenantIds.includes(tenantId)) throw new AppError("not_found")

  const bound = await db.enter(tenantId)
  const seen = await requireTenant(bound)
  const { name = seen.name, status = seen.status, reason = "" } = change
  const isOther = status !== seen.status
  if (name === seen.name && !isOther) throw new AppError("conflict", "The client is like that already.")

  await saveTenant(bound, { name, status })
  const moved = isOther ? await move(actor, { db, bound }, { status, reason }) : null
  const [first, ...rest] = [...renaming(seen, name), ...(moved === null ? [] : [moved])].map((event) => ({
    in: tenantId,
    event,
  }))
  if (first === undefined) throw new AppError("internal")

  return { value: { tenant: toTenantView({ ...seen, name, status }), isOther }, events: [first, ...rest] }
})

type Within = Readonly<{ db: AgencyDb; bound: TenantDb }>

/** Suspending throws the stop of a client, and resuming lifts it, whoever threw it. */
async function move(
  actor: PersonActor,
  { db, bound }: Within,
  { status, reason }: Readonly<{ status: string; reason: string }>,
): Promise<AuditEvent> {
  const { tenantId } = bound
  const subject = { kind: "tenant", id: tenantId } as const
  if (status === "suspended") {
    const thrown = { held: ["active"], reason, byAgency: true, thrownById: actor.personId }
    const { stopId } = await throwStop(bound, { ...whole(tenantId), ...thrown })
    return suspended(tenantId, { stopId, reason, because: "person" })
  }

  if ((await agencyStopId(db)) !== null) throw new AppError("agency_stopped")
  const lifted = await liftStop(bound, whole(tenantId), partyOf(actor))
  // A request that was under way while the tenant was suspended may have left something open.
  await cancelRest(bound, whole(tenantId), partyOf(actor))
  return { type: "tenant.resumed", subject, plain: { because: "person", stopId: lifted?.stopId ?? null } }
}

/** A tenant as a stop names it. */
function whole(tenantId: string) {
  return { scope: "tenant", subject: tenantId } as const
}

function renaming(seen: TenantRow, name: string): AuditEvent[] {
  if (name === seen.name) return []
  const subject = { kind: "tenant", id: seen.tenantId } as const

  return [{ type: "tenant.changed", subject, secret: { from: seen.name, to: name } }]
}

async function requireTenant(db: TenantDb): Promise<TenantRow> {
  const found = await lockTenant(db)
  if (found === null) throw new AppError("not_found")

  return found
}

/** The name of a tenant, for whoever holds a link into it. */
export async function tenantName(tenantId: string): Promise<string | null> {
  return inTenant(tenantId, nameOfTenant)
}
