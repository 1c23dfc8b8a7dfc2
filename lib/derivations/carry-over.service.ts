import type { Envelope } from "@deltaseal/guard/change"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { runtime } from "@/lib/env/runtime"
import type { KeyCredential } from "@/lib/keys/credential"
import { notifyChange } from "@/lib/notifications/notifier"
import type { PolicyApproval } from "@/lib/policies/policy-answer"
import { carryHash } from "./carry-hash"
import { carryOverTo, type Carried } from "./carry-over.repo"

type Asked = Readonly<{ approval: ApprovalView; envelope: Envelope; needed: PolicyApproval }>

/**
 * The approval that a call has just brought about, approved at once where
 * people approved the same change in another run not long ago and the policy
 * carries that over (SPEC 4.2.8). Signed decisions never are (SPEC 4.4).
 */
export async function carriedOver(
  credential: KeyCredential,
  { approval, envelope, needed }: Asked,
): Promise<ApprovalView> {
  const { carryOverSeconds: seconds, isStepUpRequired } = needed
  if (seconds === null || isStepUpRequired) return approval

  const { approvalId } = approval
  const carried = await carry(credential, { approvalId, hash: carryHash(envelope), seconds })
  if (carried === null) return approval
  const { tenantId, runId, approvalId: derivedFrom, version, useBy, decidedAt } = carried
  notifyChange({ tenantId, approvalId: derivedFrom, runId })

  return {
    ...approval,
    status: "approved",
    version,
    derivedFrom,
    useBy: new Date(useBy).toISOString(),
    decidedAt: new Date(decidedAt).toISOString(),
  }
}

/** The approval waits for people already, so whatever goes wrong here leaves it to them. */
async function carry(
  credential: KeyCredential,
  wanted: Parameters<typeof carryOverTo>[1],
): Promise<Carried | null> {
  try {
    return (await carryOverTo(credential, wanted))?.carried ?? null
  } catch (error) {
    runtime().logger.warn({ err: error }, "a decision could not be carried over; people are asked")
    return null
  }
}
