import { may, mayInAgency, type PersonActor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import { readToolId, toolSubject } from "./stop"
import type { StopView } from "./stop.schema"

/** More than this many stops are not shown at once: nobody would read them. */
const shownMax = 200

/** What is stopped now in the tenants and agencies of a person, the latest first. */
export const listStops: (actor: PersonActor) => Promise<readonly StopView[]> = (actor) =>
  readStops(actor, actor)

const readStops = query("kill:read", async ({ db }, person: PersonActor): Promise<StopView[]> => {
  const agencyIds = [...new Set([...person.agencies, ...person.tenants].map(({ agencyId }) => agencyId))]
  const [stops, agencies] = [
    await db.stop.findMany({
      where: { liftedAt: null, scope: { in: ["tool", "tenant"] } },
      orderBy: { stopId: "desc" },
      take: shownMax,
    }),
    await db.agency.findMany({ where: { agencyId: { in: agencyIds }, stopId: { not: null } } }),
  ]
  const personIds = [
    ...stops.map(({ thrownById }) => thrownById),
    ...agencies.flatMap((row) => row.stoppedById ?? []),
  ]
  const people = await db.person.findMany({
    where: { personId: { in: [...new Set(personIds)] } },
    select: { personId: true, name: true },
  })
  const byId = new Map(people.map((someone) => [someone.personId, someone]))

  return [
    ...agencies.flatMap((row) => agencyView(person, row, byId)),
    ...stops.flatMap((row) => tenantView(person, row, byId)),
  ]
})

type People = ReadonlyMap<string, Readonly<{ personId: string; name: string }>>
type AgencyRow = Awaited<ReturnType<ReadDb["agency"]["findMany"]>>[number]
type StopRow = Awaited<ReturnType<ReadDb["stop"]["findMany"]>>[number]

function agencyView(person: PersonActor, row: AgencyRow, people: People): StopView[] {
  const { agencyId, stopId, stoppedAt, stopReason, stoppedById, name } = row
  if (stopId === null || stoppedAt === null) return []
  // Why the agency stopped may be about another client of it.
  const isInside = person.agencies.some((agency) => agency.agencyId === agencyId)

  return [
    {
      ...{ stopId, scope: "agency", agencyId, tenantId: null, name },
      reason: isInside ? stopReason : null,
      stoppedBy: isInside ? (people.get(stoppedById ?? "") ?? null) : null,
      stoppedAt: stoppedAt.toISOString(),
      mayLift: mayInAgency(person, "kill:switch", agencyId),
    },
  ]
}

function tenantView(person: PersonActor, row: StopRow, people: People): StopView[] {
  const tenant = person.tenants.find(({ tenantId }) => tenantId === row.tenantId)
  if (tenant === undefined) return []
  const { agencyId, tenantId } = tenant

  return [
    {
      ...{ stopId: row.stopId, agencyId, tenantId, reason: row.reason },
      scope: row.scope === "tool" ? "tool" : "tenant",
      name: row.scope === "tool" ? row.subject : tenant.name,
      stoppedBy: people.get(row.thrownById) ?? null,
      stoppedAt: row.thrownAt.toISOString(),
      mayLift: mayLift(person, { agencyId, tenantId, byAgency: row.byAgency }),
    },
  ]
}

/** What somebody of the whole agency stopped, nobody of one tenant lifts. */
export function mayLift(
  person: PersonActor,
  stop: Readonly<{ agencyId: string; tenantId: string; byAgency: boolean }>,
): boolean {
  if (stop.byAgency) return mayInAgency(person, "kill:switch", stop.agencyId)

  return may(person, "kill:switch", stop.tenantId)
}

/** Where a stop of a tool or tenant is; null when it is not in force, or not where this person sees it. */
export const findStop = query("kill:read", async ({ db }, stopId: string) =>
  db.stop.findFirst({ where: { stopId, liftedAt: null, scope: { in: ["tool", "tenant"] } } }),
)

/** A run, key or tool as a kill switch names it, with where it is. */
export type Found = Readonly<{ id: string; tenantId: string; name: string; isStopped: boolean }>

/** @throws AppError `not_found` when one of them is not there for this person */
export const findSubjects = query(
  "kill:read",
  async ({ db }, { scope, ids }: Readonly<{ scope: "run" | "key" | "tool"; ids: readonly string[] }>) => {
    const found = await finders[scope](db, ids)

    return ids.map((id) => {
      const one = found.find((candidate) => candidate.id === id)
      if (one === undefined) throw new AppError("not_found")

      return one
    })
  },
)

const finders: Readonly<
  Record<"run" | "key" | "tool", (db: ReadDb, ids: readonly string[]) => Promise<readonly Found[]>>
> = {
  run: async (db, ids) => {
    const rows = await db.run.findMany({ where: { runId: { in: [...ids] } } })
    return rows.map(({ runId, tenantId, workflow, status }) => {
      return { id: runId, tenantId, name: workflow, isStopped: status !== "open" }
    })
  },
  key: async (db, ids) => {
    const rows = await db.apiKey.findMany({ where: { keyId: { in: [...ids] } } })
    return rows.map(({ keyId, tenantId, name, revokedAt }) => {
      return { id: keyId, tenantId, name, isStopped: revokedAt !== null }
    })
  },
  tool: async (db, ids) => {
    const found: Found[] = []
    for (const id of ids) found.push(...(await findTool(db, id)))
    return found
  },
}

async function findTool(db: ReadDb, id: string): Promise<readonly Found[]> {
  const place = readToolId(id)
  if (place === null) return []

  const { tenantId, server, name, version } = place
  const known = await db.tool.findFirst({
    where: { tenantId, server, name, ...(version === null ? {} : { version }) },
    select: { name: true },
  })
  if (known === null) return []

  const subject = toolSubject(place)
  const stop = await db.stop.findFirst({
    where: { tenantId, scope: "tool", subject, liftedAt: null },
    select: { stopId: true },
  })
  return [{ id, tenantId, name: subject, isStopped: stop !== null }]
}
