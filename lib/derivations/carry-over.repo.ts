import type { Written } from "@/lib/approvals/approvals.repo"
import { hotJsonThenApproval } from "@/lib/db/hot-call"
import type { ErrorCode } from "@/lib/errors/app-error"
import { keyArguments, type KeyCredential } from "@/lib/keys/credential"
import { newId, newSalts } from "@/lib/operations/new-id"

/** The approval that people voted on, and its run. */
export type Carried = Readonly<{ tenantId: string; approvalId: string; runId: string }>

type Answer = Readonly<{ code: ErrorCode | null; carried?: Carried | null }>

/** One leaf for the end of the old approval, one for the carrying. */
const leaves = 2
const saltsEach = 4

/** Carries a decision over where there is one that may be; else only keeps by what this one is found later. */
export async function carryOverTo(
  credential: KeyCredential,
  { approvalId, hash, seconds }: Readonly<{ approvalId: string; hash: string; seconds: number }>,
): Promise<Written<Answer>> {
  return hotJsonThenApproval(
    "carry_over",
    [
      ...keyArguments(credential),
      approvalId,
      hash,
      seconds,
      Array.from({ length: leaves }, () => newId("event")),
      newSalts(leaves * saltsEach),
    ],
    approvalId,
  )
}
