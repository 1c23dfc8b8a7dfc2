import type { Actor } from "@/lib/access/actor"
import { changeWorkMax, partWorkMin } from "@/lib/changes/changes.service"
import { leavesTheSame, startsTheSame } from "@/lib/changes/interdiff"
import { diffPool } from "@/lib/changes/shared-diff-pool"
import { askedBefore, type AskedTwice } from "./interdiff.queries"
import type { InterdiffView, PartInterdiff } from "./interdiff.schema"

/**
 * What changed since people last decided on the targets of an approval, or were
 * last asked (SPEC 4.2.8). Reading it decides nothing.
 *
 * @throws AppError `not_found`; `unavailable` when too much is being compared
 */
export async function approvalInterdiff(
  actor: Actor,
  approvalId: string,
  signal?: AbortSignal,
): Promise<InterdiffView> {
  const { earlier, parts } = await askedBefore(actor, approvalId)
  const compared: PartInterdiff[] = []
  let workLeft = changeWorkMax
  for (const part of parts) {
    const { work, ...found } = await compare(part, Math.max(workLeft, partWorkMin), signal)
    workLeft -= work
    compared.push(found)
  }

  return { approvalId, earlier, parts: compared }
}

/** One after the other, on one budget, in the threads that compare contents. */
async function compare(
  { position, earlierApprovalId, earlier, now, why }: AskedTwice,
  workMax: number,
  signal: AbortSignal | undefined,
): Promise<PartInterdiff & Readonly<{ work: number }>> {
  const isSameBefore = startsTheSame(earlier, now)
  const place = { position, earlierApprovalId, isSameBefore, why }
  if (why !== null || leavesTheSame(earlier, now)) {
    const result = why === null ? "same" : "not_compared"
    return {
      ...place,
      result,
      diff: null,
      added: 0,
      removed: 0,
      hiddenCharacters: 0,
      isWhole: false,
      work: 0,
    }
  }

  const found = await diffPool().interdiff({ earlier, now, workMax }, signal)
  return { ...place, result: "different", ...found, diff: found.diff as PartInterdiff["diff"] }
}
