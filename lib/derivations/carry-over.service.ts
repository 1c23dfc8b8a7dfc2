import type { Envelope } from "@deltaseal/guard/change"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { writtenApproval } from "@/lib/approvals/stored-approval.service"
import { runtime } from "@/lib/env/runtime"
import type { KeyCredential } from "@/lib/keys/credential"
import { notifyChange } from "@/lib/notifications/notifier"
import type { PolicyApproval } from "@/lib/policies/policy-answer"
import { carryHash } from "./carry-hash"
import { carryOverTo } from "./carry-over.repo"

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
  const written = await carry(credential, { approvalId, hash: carryHash(envelope), seconds })
  const carried = written?.answer.carried ?? null
  if (written === null || carried === null) return approval
  notifyChange(carried)

  return { ...writtenApproval(written), checks: approval.checks }
}

/** The approval waits for people already, so whatever goes wrong here leaves it to them. */
async function carry(
  credential: KeyCredential,
  wanted: Parameters<typeof carryOverTo>[1],
): Promise<Awaited<ReturnType<typeof carryOverTo>> | null> {
  try {
    return await carryOverTo(credential, wanted)
  } catch (error) {
    runtime().logger.warn({ err: error }, "a decision could not be carried over; people are asked")
    return null
  }
}
