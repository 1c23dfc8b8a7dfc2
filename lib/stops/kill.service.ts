import { mayInAgency, type PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { stopKey } from "@/lib/keys/managing.service"
import { authorise } from "@/lib/operations/command"
import { closeRun } from "@/lib/runs/runs.service"
import { liftAgencyStop, stopAgency } from "@/lib/tenants/agency-stops.service"
import { liftTenantStop, stopTenant } from "@/lib/tenants/stopping.service"
import { liftToolStop, stopTool } from "@/lib/tools/stopping.service"
import { countReach } from "./preview.queries"
import { readToolId, toolSubject, type StopScope } from "./stop"
import type { KillBody, Killed, KillPreview, Lifted } from "./stop.schema"
import { findStop, findSubjects, listStops, mayLift, type Found } from "./stops.queries"

type Named = Readonly<{ scope: StopScope; ids: readonly string[] }>

/** What is named, with where it is: of an agency there is no one tenant. */
type Target = Omit<Found, "tenantId"> & Readonly<{ tenantId: string | null; agencyId: string }>

/**
 * What stopping these would end now. Says nothing about who may.
 *
 * @throws AppError `not_found`
 */
export async function previewKill(actor: PersonActor, named: Named): Promise<KillPreview> {
  const targets = await findTargets(actor, named)
  const tenantIds = [...new Set(targets.flatMap((target) => tenantsOf(actor, target)))]
  const counts = await countReach(actor, {
    ...{ scope: named.scope, tenantIds },
    subjects: targets.map(({ id }) => subjectOf(id)),
  })
  const isWhole = named.scope === "tenant" || named.scope === "agency"

  return {
    scope: named.scope,
    targets: targets.map(({ id, tenantId, name, isStopped }) => ({ id, tenantId, name, isStopped })),
    tenants: isWhole ? tenantIds.length : 0,
    ...counts,
  }
}

/**
 * Throws the kill switch, one after the other in the order given: each is
 * stopped before anything of it is cancelled, and holds on every node from its
 * commit on. What is stopped already stays so.
 *
 * @throws AppError `not_found`, `forbidden`: before anything is stopped
 */
export async function kill(actor: PersonActor, { reason, ...named }: KillBody): Promise<Killed> {
  const targets = await findTargets(actor, named)
  for (const target of targets) assertMayStop(actor, target)

  const stopped: Killed["stopped"] = []
  for (const target of targets) {
    stopped.push({ id: target.id, ...(await switches[named.scope](actor, target, reason)) })
  }

  return { scope: named.scope, stopped }
}

/**
 * Lifts the stop of a tool, a tenant or an agency.
 *
 * @throws AppError `not_found`, `forbidden`, `agency_stopped`, `conflict` when it was lifted a moment ago
 */
export async function liftKill(actor: PersonActor, stopId: string): Promise<Lifted> {
  const agency = (await listStops(actor)).find((stop) => stop.scope === "agency" && stop.stopId === stopId)
  if (agency !== undefined) {
    return { stopId, scope: "agency", restored: [...(await liftAgencyStop(actor, agency.agencyId))] }
  }

  const stop = await findStop(actor, stopId)
  const agencyId = actor.tenants.find(({ tenantId }) => tenantId === stop?.tenantId)?.agencyId
  if (stop === null || agencyId === undefined) throw new AppError("not_found")
  const { tenantId, scope, byAgency, subject } = stop
  if (!mayLift(actor, { agencyId, tenantId, byAgency })) throw new AppError("forbidden")

  if (scope === "tenant") return { stopId, scope, restored: [...(await liftTenantStop(actor, tenantId))] }

  const place = readToolId(`${tenantId}/${subject}`)
  if (place === null) throw new AppError("internal")
  return { stopId, scope: "tool", restored: [...(await liftToolStop(actor, tenantId, place))] }
}

type Thrown = Omit<Killed["stopped"][number], "id">

const switches: Readonly<
  Record<StopScope, (actor: PersonActor, target: Target, reason: string) => Promise<Thrown>>
> = {
  run: async (actor, { id, isStopped }, reason) => ({
    ...{ stopId: null, wasStopped: isStopped },
    cancelledApprovals: isStopped ? 0 : await closeRun(actor, id, reason),
  }),
  key: async (actor, { id, tenantId, isStopped }, reason) => ({
    ...{ stopId: null, wasStopped: isStopped },
    cancelledApprovals: isStopped ? 0 : await stopKey(actor, tenantId ?? "", { keyId: id, reason }),
  }),
  tool: async (actor, { id, agencyId }, reason) => {
    const place = readToolId(id)
    if (place === null) throw new AppError("not_found")
    return toThrown(await stopTool(actor, place.tenantId, { ...place, reason, agencyId }))
  },
  tenant: async (actor, { id }, reason) => toThrown(await stopTenant(actor, id, reason)),
  agency: async (actor, { id }, reason) => toThrown(await stopAgency(actor, id, reason)),
}

function toThrown({
  stopId,
  wasStopped,
  cancelled,
}: Readonly<{ stopId: string; wasStopped: boolean; cancelled: number }>): Thrown {
  return { stopId, wasStopped, cancelledApprovals: cancelled }
}

async function findTargets(actor: PersonActor, { scope, ids }: Named): Promise<readonly Target[]> {
  const wanted = [...new Set(ids)]
  if (scope === "agency" || scope === "tenant") {
    const stops = await listStops(actor)
    const isStopped = (id: string) =>
      stops.some((stop) => stop.scope === scope && (stop.tenantId ?? stop.agencyId) === id)
    return wanted.map((id) => ({ ...placeOf(actor, scope, id), isStopped: isStopped(id) }))
  }

  const found = await findSubjects(actor, { scope, ids: wanted })
  return found.map((one) => {
    const tenant = actor.tenants.find(({ tenantId }) => tenantId === one.tenantId)
    if (tenant === undefined) throw new AppError("not_found")

    return { ...one, agencyId: tenant.agencyId }
  })
}

function placeOf(actor: PersonActor, scope: "tenant" | "agency", id: string): Omit<Target, "isStopped"> {
  if (scope === "agency") {
    const agency = actor.agencies.find(({ agencyId }) => agencyId === id)
    if (agency === undefined) throw new AppError("not_found")
    return { id, tenantId: null, agencyId: id, name: agency.name }
  }

  const tenant = actor.tenants.find(({ tenantId }) => tenantId === id)
  if (tenant === undefined) throw new AppError("not_found")
  return { id, tenantId: id, agencyId: tenant.agencyId, name: tenant.name }
}

function assertMayStop(actor: PersonActor, { tenantId, agencyId }: Target): void {
  if (tenantId !== null) authorise(actor, "kill:switch", tenantId)
  else if (!mayInAgency(actor, "kill:switch", agencyId)) throw new AppError("forbidden")
}

function tenantsOf(actor: PersonActor, { tenantId, agencyId }: Target): readonly string[] {
  if (tenantId !== null) return [tenantId]

  return actor.tenants.filter((tenant) => tenant.agencyId === agencyId).map((tenant) => tenant.tenantId)
}

/** A tool is counted by its place within its tenant, everything else by its id. */
function subjectOf(id: string): string {
  const place = readToolId(id)

  return place === null ? id : toolSubject(place)
}
