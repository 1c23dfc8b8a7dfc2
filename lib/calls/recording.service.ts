import type { PreparedChange } from "@/lib/changes/changes.service"
import type { PolicyCheck } from "@/lib/policies/policy-answer"
import { overLimit } from "./answered-checks"
import { insertCall, type DecidedCall, type RecordedCall } from "./calls.repo"
import type { CallRequest } from "./call-request"
import type { Decided } from "./deciding.service"
import { storedRuling, type Ruling } from "./ruling.service"
import { contentsOf, diffContent, storedChange } from "./stored-change"

/** One request with what was decided on it; `ruling` is null where the policy was not asked. */
export type Attempt = Readonly<{
  request: CallRequest
  isFresh: boolean
  decided: Decided
  ruling: Ruling | null
}>

/** How a call came out. */
export type Outcome = Pick<
  DecidedCall,
  "decision" | "status" | "reasons" | "reasonsDigest" | "executionId" | "approval"
>

/**
 * Records the call with all that belongs to it, unless what it was decided on has moved.
 *
 * @throws AppError `limit_exceeded` with every check of the call
 */
export async function record(
  { request: { credential, idempotency }, decided, ruling }: Attempt,
  outcome: Outcome,
  { change, checks }: Readonly<{ change: PreparedChange | null; checks: readonly PolicyCheck[] }>,
): Promise<Readonly<{ stored: DecidedCall; recorded: RecordedCall }>> {
  const { tenantId, inputBytes, call, context } = decided
  const diff = change === null ? null : diffContent(change.diff)
  const stored: DecidedCall = {
    ...call,
    ...outcome,
    ...storedRuling(ruling, context, { call, change, outcome, checks }),
    change: change === null || diff === null ? null : storedChange(tenantId, change, diff.digest),
  }
  const input = { digest: call.inputDigest, bytes: inputBytes }
  const recorded = await insertCall(credential, {
    rulesVersion: context.tenant.rulesVersion,
    call: stored,
    envelope: change?.envelopeBytes ?? null,
    contents: contentsOf(tenantId, { change, others: [input, diff, ruling?.facts ?? null] }),
    idempotency,
  }).catch((error: unknown) => {
    throw overLimit(error, { matchedRule: stored.matchedRule, checks: [...checks] })
  })

  return { stored, recorded }
}
