import { changeHash, type Envelope } from "@deltaseal/guard/change"
import { approve, deny, type SmallApproval, type SmallServer } from "./small-server.ts"

/**
 * Approves some parts of what waits, as people do: the whole is denied, and of
 * these parts there is an approval of their own. `bend` makes it another one.
 */
export function approveInPart(
  { state }: SmallServer,
  places: readonly number[],
  bend: (made: SmallApproval) => void = approve,
): (approval: SmallApproval) => void {
  return (approval) => {
    if (approval.derivedFrom !== undefined) return
    const parts = approval.envelope.parts.filter((_, index) => places.includes(index))
    const envelope: Envelope = { ...approval.envelope, parts }
    const made: SmallApproval = {
      ...{
        approvalId: `${approval.approvalId}P`,
        status: "pending",
        input: approval.input,
        votes: [],
        spent: null,
      },
      ...{ envelope, changeHash: changeHash(envelope), derivedFrom: approval.approvalId },
    }
    bend(made)
    state.approvals.set(made.approvalId, made)
    deny(approval)
    approval.endedBecause = "approved_in_part"
  }
}
