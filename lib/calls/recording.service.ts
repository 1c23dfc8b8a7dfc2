import type { PreparedChange } from "@/lib/changes/changes.service"
import type { SealedContent } from "@/lib/changes/content-seal"
import { reachedLimit } from "@/lib/db/failures"
import { AppError } from "@/lib/errors/app-error"
import { newId } from "@/lib/operations/new-id"
import { stagesOf } from "@/lib/policies/approval-of"
import type { PolicyApproval, PolicyCheck } from "@/lib/policies/policy-answer"
import type { RunLimits } from "@/lib/policies/policy"
import { defaultOpenInRun, runLimits } from "@/lib/policies/tier-rules"
import { lowerLimits } from "@/lib/runs/run-limits"
import { failedCheck } from "./answered-checks"
import type { Explained } from "./call-answer"
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

export const nothing = { reasons: [], reasonsDigest: null, executionId: null, approval: null } as const

/** How a call comes out that people decide on, under a new approval. */
export function outcomeOfHeld(
  { ruling, decided }: Attempt,
  needed: PolicyApproval,
): Outcome & Readonly<{ decision: "pending"; approval: NonNullable<DecidedCall["approval"]> }> {
  const { expiresInSeconds, useWithinSeconds, isReasonRequired } = needed
  const approval = {
    approvalId: newId("approval"),
    required: stagesOf(needed),
    ttlSeconds: expiresInSeconds,
    useWithinSeconds,
    isReasonRequired,
    openMax: ruling?.answer.limits.tenant?.pendingApprovals ?? null,
    openForEachMax: ruling?.answer.limits.reviewer?.pendingApprovals ?? null,
    openInRunMax: openInRunMax(ruling?.answer.limits.run, decided.context.run.limits),
  }

  return { ...nothing, decision: "pending", status: 202, approval }
}

/** The lowest that the policy and the run say; where neither does, the default. */
function openInRunMax(ofPolicy: RunLimits | undefined, ofRun: RunLimits | null): number {
  return lowerLimits(runLimits(ofPolicy), ofRun ?? {}).pendingApprovals ?? defaultOpenInRun
}

type Made = Readonly<{ change: PreparedChange | null; checks: readonly PolicyCheck[] }>

/** A call as it is recorded, with the bytes that belong to it. */
export type Storable = Readonly<{
  stored: DecidedCall
  envelope: Uint8Array | null
  contents: SealedContent[]
}>

export function storable({ decided, ruling }: Attempt, outcome: Outcome, { change, checks }: Made): Storable {
  const { tenantId, inputBytes, call, context } = decided
  const diff = change === null ? null : diffContent(change.diff)
  const input = { digest: call.inputDigest, bytes: inputBytes }

  return {
    stored: {
      ...call,
      ...outcome,
      ...storedRuling(ruling, context, { call, change, outcome, checks }),
      change: change === null || diff === null ? null : storedChange(tenantId, change, diff.digest),
    },
    envelope: change?.envelopeBytes ?? null,
    contents: contentsOf(tenantId, { change, others: [input, diff, ruling?.facts ?? null] }),
  }
}

/**
 * Records the call with all that belongs to it, unless what it was decided on has moved.
 *
 * @throws AppError `limit_exceeded` with every check of the call
 */
export async function record(
  attempt: Attempt,
  outcome: Outcome,
  made: Made,
): Promise<Readonly<{ stored: DecidedCall; recorded: RecordedCall }>> {
  const { credential, idempotency } = attempt.request
  const { stored, envelope, contents } = storable(attempt, outcome, made)
  const recorded = await insertCall(credential, {
    rulesVersion: attempt.decided.context.tenant.rulesVersion,
    call: stored,
    envelope,
    contents,
    idempotency,
  }).catch((error: unknown) => {
    throw overLimit(error, { matchedRule: stored.matchedRule, checks: [...made.checks] })
  })

  return { stored, recorded }
}

/** A call that went over a limit, told with every other check of it. */
function overLimit(error: unknown, { matchedRule, checks }: Explained): unknown {
  if (!(error instanceof AppError) || reachedLimit(error) === null) return error
  const { code, message, reasons, retryAfterSeconds, cause } = error
  const explanation = { matchedRule, checks: [...checks, failedCheck("limits", message)] }

  return new AppError(code, message, {
    reasons,
    explanation,
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}
