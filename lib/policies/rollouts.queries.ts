import type { PersonActor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import { agenciesOf } from "./packs.queries"
import type { StoredPack } from "./packs.repo"
import type { PreviewBody } from "./rollout.schema"

const pageSize = 100

/** A published policy as it is stored. */
export type Sealed = Readonly<{ version: number; document: Uint8Array; digest: string; text: string }>

/** A client that a pack could go to. */
export type RolloutPlace = Readonly<{
  tenantId: string
  name: string
  version: number
  /** Null under the built-in policy, which has no row, and where the row is missing. */
  stored: Sealed | null
  hasSecondPerson: boolean
  hasOpenProposal: boolean
}>

export type RolloutPlaces = Readonly<{
  pack: StoredPack
  items: readonly RolloutPlace[]
  nextCursor: string | null
}>

type Asked = PreviewBody & Readonly<{ person: PersonActor; packId: string }>

/**
 * A pack in a version beside what is in force where it could go, in a fixed
 * number of statements however many clients there are.
 *
 * @throws AppError `not_found` also when one of the clients named is not the agency's
 */
export const rolloutPlaces: (
  actor: PersonActor,
  packId: string,
  asked: PreviewBody,
) => Promise<RolloutPlaces> = (actor, packId, asked) => readPlaces(actor, { ...asked, packId, person: actor })

const readPlaces = query("policy:read", async ({ db }, asked: Asked): Promise<RolloutPlaces> => {
  const { packId, version, person, tenantIds, cursor } = asked
  const found = await db.policyPackVersion.findFirst({
    where: { packId, version, pack: { agencyId: agenciesOf(person) } },
    include: { pack: true },
  })
  if (found === null) throw new AppError("not_found")

  const { pack, ...stored } = found
  const rows = await db.tenant.findMany({
    where: {
      agencyId: pack.agencyId,
      tenantId: {
        ...(tenantIds === undefined ? {} : { in: [...tenantIds] }),
        ...(cursor === undefined ? {} : { lt: cursor }),
      },
    },
    select: { tenantId: true, name: true, policyVersion: true },
    orderBy: { tenantId: "desc" },
    take: pageSize + 1,
  })
  if (tenantIds !== undefined && cursor === undefined && rows.length < tenantIds.length) {
    throw new AppError("not_found")
  }
  const page = rows.slice(0, pageSize)

  return {
    pack: { ...stored, name: pack.name },
    items: await toPlaces(db, page, { agencyId: pack.agencyId, personId: person.personId }),
    nextCursor: rows.length > pageSize ? (page.at(-1)?.tenantId ?? null) : null,
  }
})

type TenantRow = Readonly<{ tenantId: string; name: string; policyVersion: number }>
type Own = Readonly<{ agencyId: string; personId: string }>

async function toPlaces(db: ReadDb, page: readonly TenantRow[], own: Own): Promise<RolloutPlace[]> {
  const tenantIds = page.map(({ tenantId }) => tenantId)
  const inForce = await db.policyVersion.findMany({
    where: { OR: page.map(({ tenantId, policyVersion }) => ({ tenantId, version: policyVersion })) },
    select: { tenantId: true, version: true, document: true, digest: true, text: true },
  })
  const open = await db.ruleProposal.findMany({
    where: { tenantId: { in: tenantIds }, kind: "policy", subject: "{}", status: "open" },
    select: { tenantId: true },
  })
  const others = await placesOfOthers(db, own)
  const policies = new Map(inForce.map((row) => [row.tenantId, row]))
  const waiting = new Set(open.map(({ tenantId }) => tenantId))

  return page.map(({ tenantId, name, policyVersion }) => ({
    tenantId,
    name,
    version: policyVersion,
    stored: policies.get(tenantId) ?? null,
    hasSecondPerson: others.has(null) || others.has(tenantId),
    hasOpenProposal: waiting.has(tenantId),
  }))
}

/** Where somebody else administers and can sign in: ids of clients, and null for the whole agency. */
export async function placesOfOthers(
  db: ReadDb,
  { agencyId, personId }: Own,
): Promise<ReadonlySet<string | null>> {
  const members = await db.membership.findMany({
    where: {
      agencyId,
      endedAt: null,
      role: { in: ["owner", "admin"] },
      personId: { not: personId },
      person: { disabledAt: null },
    },
    select: { tenantId: true },
    distinct: ["tenantId"],
  })

  return new Set(members.map(({ tenantId }) => tenantId))
}
