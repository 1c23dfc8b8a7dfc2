import { mayInAgency, type PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { stopKeys } from "@/lib/keys/managing.service"
import { authorise } from "@/lib/operations/command"
import type { Joint } from "@/lib/operations/joint-command"
import { stopRuns } from "@/lib/runs/runs.service"
import { liftAgencyStop, stopAgency } from "@/lib/tenants/agency-stops.service"
import { liftTenantStop, stopTenants } from "@/lib/tenants/stopping.service"
import { liftToolStop, stopTools } from "@/lib/tools/stopping.service"
import { countReach } from "./preview.queries"
import { readToolId, toolSubject, type StopScope } from "./stop"
import type { KillBody, Killed, KillPreview, Lifted } from "./stop.schema"
import { findStop, findSubjects, listStops, mayLift, type Found } from "./stops.queries"
import type { StoppedAll } from "./stops.service"

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
 * Throws the kill switch: all that is named is stopped in one transaction, or
 * none of it, before anything of it is cancelled, and is stopped on every node
 * from its commit on. What is stopped already stays so.
 *
 * @throws AppError `not_found`, `forbidden`
 */
export async function kill(actor: PersonActor, { reason, ...named }: KillBody): Promise<Killed> {
  const targets = await findTargets(actor, named)
  for (const target of targets) assertMayStop(actor, target)

  const thrown = await switches[named.scope](actor, targets, reason)

  return {
    scope: named.scope,
    stopped: targets.flatMap(({ id }, index) => {
      const one = thrown[index]
      return one === undefined ? [] : [{ id, ...one }]
    }),
  }
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

type Outcome = Omit<Killed["stopped"][number], "id">
type Switch = (actor: PersonActor, targets: readonly Target[], reason: string) => Promise<readonly Outcome[]>

const switches: Readonly<Record<StopScope, Switch>> = {
  run: async (actor, targets, reason) => {
    const ended = await stopRuns(
      actor,
      targets.map((target) => joint(target, { runId: target.id, reason })),
    )
    return ended.map(forGood)
  },
  key: async (actor, targets, reason) => {
    const ended = await stopKeys(
      actor,
      targets.map((target) => joint(target, { keyId: target.id, reason })),
    )
    return ended.map(forGood)
  },
  tool: async (actor, targets, reason) => {
    const tools = targets.map((target) => {
      const place = readToolId(target.id)
      if (place === null) throw new AppError("not_found")
      const { server, name, version } = place
      return joint(target, { server, name, version, reason, byAgency: isByAgency(actor, target) })
    })
    return (await stopTools(actor, tools)).map(toOutcome)
  },
  tenant: async (actor, targets, reason) => {
    const tenants = targets.map((target) => joint(target, { reason, byAgency: isByAgency(actor, target) }))
    return (await stopTenants(actor, tenants)).map(toOutcome)
  },
  // One at a time: each is a transaction about the agency's own row.
  agency: async (actor, targets, reason) => {
    const [agency, ...others] = targets
    if (agency === undefined || others.length > 0) {
      throw new AppError("invalid_request", "Stop one agency at a time.")
    }
    return [toOutcome(await stopAgency(actor, agency.id, reason))]
  },
}

function joint<Input>({ id, tenantId }: Target, input: Input): Joint<Input> {
  return { id, tenantId: tenantId ?? "", input }
}

function isByAgency(actor: PersonActor, { agencyId }: Target): boolean {
  return mayInAgency(actor, "kill:switch", agencyId)
}

/** Null is what had ended before. */
function forGood(cancelled: number | null): Outcome {
  return { stopId: null, wasStopped: cancelled === null, cancelledApprovals: cancelled ?? 0 }
}

function toOutcome({ stopId, wasStopped, cancelled }: StoppedAll): Outcome {
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
