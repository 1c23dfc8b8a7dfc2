import { canonicalize, type JsonValue } from "@deltaseal/guard/change"

/** Whom a call is put to: the stages as an approval keeps them. */
export type AskedPeople = readonly Readonly<{
  group: string
  count: number
  alternative?: number | undefined
  stepUp?: true
  selfReview?: true
}>[]

/** Whether other people would be asked, or otherwise: more of them, another group, with a signature. Order says nothing. */
export function areOthersAsked(was: AskedPeople, now: AskedPeople): boolean {
  return inOrder(was) !== inOrder(now)
}

function inOrder(stages: AskedPeople): string {
  return stages
    .map((stage) => canonicalize(stage as unknown as JsonValue))
    .toSorted()
    .join()
}
