import { canonicalize, type JsonValue } from "@deltaseal/guard/change"
import { asksAtLeast } from "@/lib/policies/approval-strictness"
import type { Stage } from "@/lib/policies/policy"

/** A stage as an approval keeps it: with what a vote needs to count, and where it is one way of several. */
export type KeptStage = Stage & Readonly<{ stepUp?: true; alternative?: number; selfReview?: true }>

/**
 * Stages that satisfy both lists: those that the whole change needs and those
 * that its part would need alone. Null where neither list is provably enough
 * for the other, and nobody may guess.
 */
export function stagesForBoth(
  whole: readonly KeptStage[],
  part: readonly KeptStage[],
): readonly KeptStage[] | null {
  if (canonicalize(whole as unknown as JsonValue) === canonicalize(part as unknown as JsonValue)) return whole
  if ([...whole, ...part].some(({ alternative }) => alternative !== undefined)) return null

  const chosen = stricter(whole, part)
  if (chosen === null) return null
  const stepUp = [...whole, ...part].some((stage) => stage.stepUp === true)
  const selfReview = [whole, part].every((stages) => stages.every((stage) => stage.selfReview === true))

  return chosen.map(({ group, count }) => ({
    group,
    count,
    ...(stepUp ? { stepUp: true as const } : {}),
    ...(selfReview ? { selfReview: true as const } : {}),
  }))
}

function stricter(whole: readonly KeptStage[], part: readonly KeptStage[]): readonly KeptStage[] | null {
  if (asksAtLeast(whole, part)) return whole
  return asksAtLeast(part, whole) ? part : null
}
