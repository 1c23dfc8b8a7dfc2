import { query } from "@/lib/operations/query"

type Link = Readonly<{ approvalId: string; as: string | null; parts: number }>

/** What an approval was made of, and what was made of it; null where there is no such thing. */
export type Derivations = Readonly<{
  madeOf: Link | null
  madeInto: Link | null
  /** Whether its decision may be carried over from here. */
  mayCarryOver: boolean
  /** Whether it is over, and what was decided on it can still be carried over. */
  isDecisionLeft: boolean
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
        source: { select: { approvalId: true, ...parts } },
        derived: { select: { approvalId: true, derivedAs: true, ...parts } },
      },
    })
    if (row === null) return { madeOf: null, madeInto: null, mayCarryOver: false, isDecisionLeft: false }

    const { source, derived, derivedAs } = row
    // Asked of the very function that decides whether a vote on it can be taken back.
    const [left] = await db.$queryRaw<{ isLeft: boolean }[]>`
      SELECT is_decision_left(a) AS "isLeft" FROM approval a WHERE approval_id = ${approvalId}`

    return {
      madeOf: source && {
        approvalId: source.approvalId,
        as: derivedAs,
        parts: source.call.change?.parts.length ?? 0,
      },
      madeInto: derived && {
        approvalId: derived.approvalId,
        as: derived.derivedAs,
        parts: derived.call.change?.parts.length ?? 0,
      },
      mayCarryOver: row.carryHash !== null && row.status === "pending",
      isDecisionLeft: left?.isLeft === true,
    }
  },
)
