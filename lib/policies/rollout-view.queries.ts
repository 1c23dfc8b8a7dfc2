import type { PersonActor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import { agenciesOf, peopleOf, rolloutMembers } from "./packs.queries"
import type { RolloutView } from "./rollout.schema"
import { proposalStatuses } from "./rule-proposal"

/** A rollout with what it came to where. @throws AppError `not_found` */
export const readRollout: (
  actor: PersonActor,
  packId: string,
  rolloutId: string,
) => Promise<RolloutView & Readonly<{ agencyId: string }>> = (actor, packId, rolloutId) =>
  readOne(actor, { person: actor, packId, rolloutId })

type One = Readonly<{ person: PersonActor; packId: string; rolloutId: string }>

const readOne = query("policy:read", async ({ db }, asked: One) => {
  const { agencyId, ...rollout } = await findRollout(db, asked)
  const { versions, proposals } = await outcomesOf(db, rollout.rolloutId, agencyId)
  // What rolls it back carries its id too, and says what it restores.
  const isBack = ({ restores }: Readonly<{ restores: number | null }>) => restores !== null
  const out = toOutcomes(
    versions.filter((row) => !isBack(row)),
    proposals.filter((row) => !isBack(row)),
  )
  const back = toOutcomes(versions.filter(isBack), proposals.filter(isBack))
  const tenants = new Map([...versions, ...proposals].map((row) => [row.tenantId, row.tenant]))

  return {
    ...rolloutMembers(rollout, await peopleOf(db, [rollout.startedById])),
    agencyId,
    items: [...out]
      .toSorted(([one], [other]) => (one < other ? 1 : -1))
      .map(([tenantId, outcome]) => {
        const { name = "", policyVersion: inForce = 1 } = tenants.get(tenantId) ?? {}
        const isInForce = outcome.version === inForce
        return { tenantId, name, inForce, isInForce, ...outcome, back: back.get(tenantId) ?? null }
      }),
  }
})

/** A rollout of a pack that is this person's to see, with its agency. @throws AppError `not_found` */
export async function findRollout(db: ReadDb, { person, packId, rolloutId }: One) {
  const found = await db.policyRollout.findFirst({
    where: { rolloutId, packId, pack: { agencyId: agenciesOf(person) } },
    include: { pack: { select: { agencyId: true } } },
  })
  if (found === null) throw new AppError("not_found")
  const { pack, ...rollout } = found

  return { ...rollout, agencyId: pack.agencyId }
}

/** Everything that carries a rollout's id, oldest first. */
async function outcomesOf(db: ReadDb, rolloutId: string, agencyId: string) {
  const where = { rolloutId, tenant: { agencyId } }
  const tenant = { select: { name: true, policyVersion: true } } as const
  const versions = await db.policyVersion.findMany({
    where,
    select: { tenantId: true, version: true, restores: true, tenant },
    orderBy: { version: "asc" },
  })
  const proposals = await db.ruleProposal.findMany({
    where,
    select: { tenantId: true, proposalId: true, status: true, restores: true, tenant },
    orderBy: { proposalId: "asc" },
  })

  return { versions, proposals }
}

type Outcome = NonNullable<RolloutView["items"][number]["back"]>

/** What came of it in each client; of several the newest. */
function toOutcomes(
  versions: readonly Readonly<{ tenantId: string; version: number }>[],
  proposals: readonly Readonly<{ tenantId: string; proposalId: string; status: string }>[],
): ReadonlyMap<string, Outcome> {
  const version = new Map(versions.map((row) => [row.tenantId, row.version]))
  const proposal = new Map(proposals.map((row) => [row.tenantId, row]))

  return new Map(
    [...new Set([...version.keys(), ...proposal.keys()])].map((tenantId) => [
      tenantId,
      {
        version: version.get(tenantId) ?? null,
        proposalId: proposal.get(tenantId)?.proposalId ?? null,
        proposalStatus: proposalStatuses.find((known) => known === proposal.get(tenantId)?.status) ?? null,
      },
    ]),
  )
}
