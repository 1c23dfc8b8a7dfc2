import type { SignedVote, VoteAnswer, Written } from "@/lib/approvals/approvals.repo"
import type { StoredChange } from "@/lib/calls/calls.repo"
import type { SealedContent } from "@/lib/changes/content-seal"
import { hotJsonThenApproval } from "@/lib/db/hot-call"
import { newId, newSalts } from "@/lib/operations/new-id"
import type { KeptStage } from "./stages-for-both"

/** Some parts of an approval's change, with everything that their own approval is made of. */
export type NewPartial = Readonly<{
  /** The one that they are parts of, by the hash that was on the page. */
  approvalId: string
  changeHash: string
  reason: string
  derived: Readonly<{
    approvalId: string
    callId: string
    parts: readonly number[]
    policyVersion: number
    required: readonly KeptStage[]
    useWithinSeconds: number
    isReasonRequired: boolean
    matchedRule: string | null
    /** JSON text. */
    checks: string
    factsDigest: string
    isDryRun: boolean
    egress: readonly string[]
    taints: boolean
    change: StoredChange
  }>
  envelope: Uint8Array
  contents: readonly SealedContent[]
  stepUp: SignedVote | null
}>

/** One leaf each for the denial, the new approval and the vote on it. */
const leaves = 3
const saltsEach = 4

/** Both approvals and both votes in one transaction, or nothing; with the new one as that leaves it. */
export async function insertPartial(sessionId: string, partial: NewPartial): Promise<Written<VoteAnswer>> {
  const { approvalId, changeHash, reason, derived, envelope, contents, stepUp } = partial

  return hotJsonThenApproval(
    "approve_in_part",
    [
      sessionId,
      approvalId,
      changeHash,
      reason,
      JSON.stringify(derived),
      envelope,
      contents.map(({ digest }) => digest),
      contents.map(({ bytes }) => bytes),
      contents.map(({ wrappedKey }) => wrappedKey),
      contents.map(({ sealed }) => sealed),
      Array.from({ length: leaves }, () => newId("event")),
      newSalts(leaves * saltsEach),
      stepUp === null ? null : JSON.stringify(stepUp),
    ],
    derived.approvalId,
  )
}
