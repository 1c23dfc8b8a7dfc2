import type { PersonActor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { query } from "@/lib/operations/query"
import { findRollout } from "./rollout-view.queries"
import { placesOfOthers, type Sealed } from "./rollouts.queries"

/** A client that a rollout reached, with what rolling it back starts from there. */
export type RollBackPlace = Readonly<{
  tenantId: string
  name: string
  /** The version in force. */
  version: number
  /** What the rollout published; null where it only proposed. */
  rolledOut: (Sealed & Readonly<{ basedOn: number }>) | null
  /** What was in force before; null under the built-in policy, which has no row, and where the row is missing. */
  before: Sealed | null
  /** Whether what the rollout proposed still waits. */
  waits: boolean
  /** Whether anything about the policy waits. */
  hasOpenProposal: boolean
  hasSecondPerson: boolean
}>

type Asked = Readonly<{ person: PersonActor; packId: string; rolloutId: string }>

/**
 * The clients that a rollout reached, in a fixed number of statements however many there are.
 *
 * @throws AppError `not_found`
 */
export const rollBackPlaces: (
  actor: PersonActor,
  packId: string,
  rolloutId: string,
) => Promise<RollBackPlace[]> = (actor, packId, rolloutId) =>
  readPlaces(actor, { person: actor, packId, rolloutId })

const readPlaces = query("policy:read", async ({ db }, asked: Asked): Promise<RollBackPlace[]> => {
  const { agencyId, rolloutId } = await findRollout(db, asked)
  const where = { rolloutId, restores: null, tenant: { agencyId } }
  const tenant = { select: { name: true, policyVersion: true } } as const
  const versions = await db.policyVersion.findMany({
    where,
    select: { tenantId: true, basedOn: true, tenant, ...sealed },
  })
  const proposals = await db.ruleProposal.findMany({ where, select: { tenantId: true, tenant } })
  const tenants = new Map([...versions, ...proposals].map((row) => [row.tenantId, row.tenant]))
  const open = await openProposals(db, [...tenants.keys()])
  const others = await placesOfOthers(db, { agencyId, personId: asked.person.personId })
  const rolledOut = new Map(versions.map((row) => [row.tenantId, row]))
  const before = await versionsBefore(db, versions)

  return [...tenants]
    .toSorted(([one], [other]) => (one < other ? 1 : -1))
    .map(([tenantId, { name, policyVersion: version }]) => ({
      tenantId,
      name,
      version,
      rolledOut: rolledOut.get(tenantId) ?? null,
      before: before.get(tenantId) ?? null,
      waits: open.some((row) => row.tenantId === tenantId && row.rolloutId === rolloutId && !row.isBack),
      hasOpenProposal: open.some((row) => row.tenantId === tenantId),
      hasSecondPerson: others.has(null) || others.has(tenantId),
    }))
})

const sealed = { version: true, document: true, digest: true, text: true } as const

async function openProposals(db: ReadDb, tenantIds: readonly string[]) {
  const rows = await db.ruleProposal.findMany({
    where: { tenantId: { in: [...tenantIds] }, kind: "policy", subject: "{}", status: "open" },
    select: { tenantId: true, rolloutId: true, restores: true },
  })

  return rows.map(({ restores, ...row }) => ({ ...row, isBack: restores !== null }))
}

async function versionsBefore(
  db: ReadDb,
  rolledOut: readonly Readonly<{ tenantId: string; basedOn: number }>[],
): Promise<ReadonlyMap<string, Sealed>> {
  const rows = await db.policyVersion.findMany({
    where: { OR: rolledOut.map(({ tenantId, basedOn }) => ({ tenantId, version: basedOn })) },
    select: { tenantId: true, ...sealed },
  })

  return new Map(rows.map((row) => [row.tenantId, row]))
}
