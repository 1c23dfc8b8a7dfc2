import type { PersonActor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import type { PackList, PackSummary, PackView } from "./pack.schema"

const pageSize = 100

type Named = Readonly<{ personId: string; name: string }>

/** The packs of the agencies in which a person has a part as a whole, newest first. */
export const listPacks: (
  actor: PersonActor,
  page: Readonly<{ cursor?: string | undefined }>,
) => Promise<PackList> = (actor, page) => readPacks(actor, { ...page, person: actor })

const readPacks = query(
  "policy:read",
  async (
    { db },
    { person, cursor }: Readonly<{ person: PersonActor; cursor?: string | undefined }>,
  ): Promise<PackList> => {
    const rows = await db.policyPack.findMany({
      where: { agencyId: agenciesOf(person), ...(cursor === undefined ? {} : { packId: { lt: cursor } }) },
      include: newest,
      orderBy: { packId: "desc" },
      take: pageSize + 1,
    })
    const page = rows.slice(0, pageSize)
    const named = await peopleOf(
      db,
      page.map(({ createdById }) => createdById),
    )

    return {
      items: page.map((row) => toSummary(row, named)),
      nextCursor: rows.length > pageSize ? (page.at(-1)?.packId ?? null) : null,
    }
  },
)

/**
 * A pack with the text of one version, or of its newest.
 *
 * @throws AppError `not_found` for who has no part in its agency as a whole
 */
export const readPack: (actor: PersonActor, packId: string, version?: number) => Promise<PackView> = (
  actor,
  packId,
  version,
) => readOne(actor, { person: actor, packId, version })

type One = Readonly<{ person: PersonActor; packId: string; version?: number | undefined }>

const readOne = query("policy:read", async ({ db }, given: One): Promise<PackView> => {
  const { packId } = given
  const pack = await db.policyPack.findFirst({
    where: { packId, agencyId: agenciesOf(given.person) },
    include: newest,
  })
  if (pack === null) throw new AppError("not_found")
  const summary = pack.versions[0]
  const shown = await db.policyPackVersion.findFirst({
    where: { packId, version: given.version ?? summary?.version ?? 0 },
  })
  if (shown === null) throw new AppError("not_found")

  const versions = await db.policyPackVersion.findMany({
    where: { packId },
    omit: { document: true, text: true, packId: true },
    orderBy: { version: "desc" },
    take: pageSize,
  })
  const rollouts = await db.policyRollout.findMany({
    where: { packId },
    orderBy: { rolloutId: "desc" },
    take: pageSize,
  })
  const reached = await reachedBy(
    db,
    rollouts.map(({ rolloutId }) => rolloutId),
    pack.agencyId,
  )
  const named = await peopleOf(db, [
    pack.createdById,
    ...versions.map(({ authorId }) => authorId),
    ...rollouts.map(({ startedById }) => startedById),
  ])

  return {
    ...toSummary(pack, named),
    shown: shown.version,
    text: shown.text,
    versions: versions.map(({ authorId, createdAt, ...rest }) => ({
      ...rest,
      author: named(authorId),
      createdAt: createdAt.toISOString(),
    })),
    rollouts: rollouts.map((row) => ({
      ...rolloutMembers(row, named),
      clients: reached.get(row.rolloutId) ?? 0,
    })),
  }
})

/** How many clients each rollout reached: where it published, and where it waits or never took effect. */
async function reachedBy(
  db: ReadDb,
  rolloutIds: readonly string[],
  agencyId: string,
): Promise<ReadonlyMap<string, number>> {
  const where = { rolloutId: { in: [...rolloutIds] }, restores: null, tenant: { agencyId } }
  const published = await db.policyVersion.groupBy({ by: ["rolloutId"], where, _count: true })
  const others = await db.ruleProposal.groupBy({
    by: ["rolloutId"],
    where: { ...where, status: { not: "published" } },
    _count: true,
  })
  const reached = new Map<string, number>()
  for (const { rolloutId, _count } of [...published, ...others]) {
    if (rolloutId !== null) reached.set(rolloutId, (reached.get(rolloutId) ?? 0) + _count)
  }

  return reached
}

/**
 * Which agency a pack belongs to.
 *
 * @throws AppError `not_found` for who has no part in that agency as a whole
 */
export const agencyOfPack: (actor: PersonActor, packId: string) => Promise<string> = (actor, packId) =>
  readAgency(actor, { person: actor, packId })

const readAgency = query("policy:read", async ({ db }, { person, packId }: One): Promise<string> => {
  const pack = await db.policyPack.findFirst({ where: { packId, agencyId: agenciesOf(person) } })
  if (pack === null) throw new AppError("not_found")

  return pack.agencyId
})

/** The newest version of a pack with its text. @throws AppError `not_found` */
export const newestOfPack: (
  actor: PersonActor,
  packId: string,
) => Promise<Readonly<{ version: number; text: string }>> = (actor, packId) =>
  readNewest(actor, { person: actor, packId })

const readNewest = query("policy:read", async ({ db }, { person, packId }: One) => {
  const newestVersion = await db.policyPackVersion.findFirst({
    where: { packId, pack: { agencyId: agenciesOf(person) } },
    select: { version: true, text: true },
    orderBy: { version: "desc" },
  })
  if (newestVersion === null) throw new AppError("not_found")

  return newestVersion
})

/** Packs are above tenants, so no policy of the database bounds them: this does. */
export function agenciesOf(person: PersonActor): { in: string[] } {
  return { in: person.agencies.map(({ agencyId }) => agencyId) }
}

/** Gives each of these people by id. */
export async function peopleOf(
  db: ReadDb,
  personIds: readonly string[],
): Promise<(personId: string) => Named> {
  const people = await db.person.findMany({
    where: { personId: { in: [...new Set(personIds)] } },
    select: { personId: true, name: true },
  })
  const names = new Map(people.map(({ personId, name }) => [personId, name]))

  return (personId) => ({ personId, name: names.get(personId) ?? "Nobody we know" })
}

type RolloutRow = Readonly<{
  rolloutId: string
  packId: string
  packVersion: number
  startedById: string
  startedAt: Date
  rolledBackAt: Date | null
}>

export function rolloutMembers(row: RolloutRow, named: (personId: string) => Named) {
  const { startedById, startedAt, rolledBackAt, ...rest } = row

  return {
    ...rest,
    startedBy: named(startedById),
    startedAt: startedAt.toISOString(),
    rolledBackAt: rolledBackAt?.toISOString() ?? null,
  }
}

const newest = {
  versions: { orderBy: { version: "desc" }, take: 1, select: { version: true, createdAt: true } },
} as const

type PackRow = Readonly<{
  packId: string
  agencyId: string
  name: string
  createdById: string
  createdAt: Date
  versions: readonly Readonly<{ version: number; createdAt: Date }>[]
}>

function toSummary(row: PackRow, named: (personId: string) => Named): PackSummary {
  const { packId, agencyId, name, createdById, createdAt, versions } = row
  const [last] = versions

  return {
    packId,
    agencyId,
    name,
    version: last?.version ?? 1,
    createdBy: named(createdById),
    createdAt: createdAt.toISOString(),
    changedAt: (last?.createdAt ?? createdAt).toISOString(),
  }
}
