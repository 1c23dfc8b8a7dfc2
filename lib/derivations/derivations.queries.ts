import { query } from "@/lib/operations/query"

type Link = Readonly<{ approvalId: string; as: string | null; parts: number }>

/** What an approval was made of, and what was made of it; null where there is no such thing. */
export type Derivations = Readonly<{
  /** With the votes that count here, where its decision was carried over. */
  madeOf: (Link & Readonly<{ votes: readonly Readonly<{ name: string; at: string }>[] }>) | null
  madeInto: Link | null
  /** Whether its decision may be carried over from here. */
  mayCarryOver: boolean
}>

/** Of no approval that the actor may read, nothing. */
export const derivationsOf = query(
  "approval:read",
  async ({ db }, approvalId: string): Promise<Derivations> => {
    const parts = {
      call: { select: { change: { select: { parts: { select: { position: true } } } } } },
    } as const
    const row = await db.approval.findFirst({
      where: { approvalId },
      select: {
        derivedAs: true,
        carryHash: true,
        status: true,
        source: {
          select: {
            approvalId: true,
            ...parts,
            votes: { where: { decision: "approve" }, orderBy: { votedAt: "asc" } },
          },
        },
        derived: { select: { approvalId: true, derivedAs: true, ...parts } },
      },
    })
    if (row === null) return { madeOf: null, madeInto: null, mayCarryOver: false }

    const { source, derived, derivedAs } = row
    const votes = derivedAs === "carry_over" ? (source?.votes ?? []) : []
    const people = await db.person.findMany({
      where: { personId: { in: votes.map(({ personId }) => personId) } },
      select: { personId: true, name: true },
    })
    const nameOf = new Map(people.map(({ personId, name }) => [personId, name]))

    return {
      madeOf: source && {
        approvalId: source.approvalId,
        as: derivedAs,
        parts: source.call.change?.parts.length ?? 0,
        votes: votes.map(({ personId, votedAt }) => ({
          name: nameOf.get(personId) ?? personId,
          at: votedAt.toISOString(),
        })),
      },
      madeInto: derived && {
        approvalId: derived.approvalId,
        as: derived.derivedAs,
        parts: derived.call.change?.parts.length ?? 0,
      },
      mayCarryOver: row.carryHash !== null && row.status === "pending",
    }
  },
)
