import { parseStrictJson, type Envelope } from "@deltaseal/guard/change"
import { toApprovalView } from "@/lib/approvals/approval.view"
import { openContent } from "@/lib/changes/content-seal"
import { readStoredDiff } from "@/lib/changes/stored-diff"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import type { KeyCredential } from "@/lib/keys/credential"
import type { PriorCreate } from "@/lib/operations/idempotency"
import { signPermit } from "@/lib/permits/permits.service"
import type { CallAnswer } from "./call-answer"
import { findRecordedCall, type RecordedCallRow } from "./calls.repo"

/**
 * The answer to a call that was made before with the same idempotency key,
 * rendered again from what is stored (SPEC 4.2.7).
 *
 * @throws AppError `idempotency_mismatch` when the body was another
 */
export async function replayCall(credential: KeyCredential, prior: PriorCreate): Promise<CallAnswer> {
  if (prior.code !== undefined) throw new AppError(prior.code)

  const row = await findRecordedCall(credential, prior.resourceId)
  if (row?.call == null) throw new AppError("unauthenticated")
  const { call } = row
  switch (call.decision) {
    case "deny":
      return {
        decision: "deny",
        code: prior.status === 422 ? "invalid_input" : "policy_denied",
        reasons: call.reasons,
      }
    case "pending":
      return { decision: "pending", callId: call.callId, approval: viewOf(row) }
    case "allow":
      return { decision: "allow", callId: call.callId, ...(await allowAgain(row.tenant_id, call)) }
  }
}

function viewOf({ tenant_id, approval, envelope, diff_key, diff_sealed }: RecordedCallRow) {
  if (approval === null || envelope === null || diff_key === null || diff_sealed === null) {
    throw new AppError("internal", "A pending call has lost its approval.")
  }

  const diff = openContent(tenant_id, approval.diffDigest, { wrappedKey: diff_key, sealed: diff_sealed })
  return toApprovalView(approval, {
    envelope: parseStrictJson(envelope) as Envelope,
    diff: readStoredDiff(diff),
    origin: runtime().config.origin,
  })
}

/** A new permit for the same execution, but only until its outcome is known: nothing runs twice. */
async function allowAgain(
  tenantId: string,
  call: NonNullable<RecordedCallRow["call"]>,
): Promise<{ executionId: string; permit: string }> {
  const { executionId, definitionHash, changeHash } = call
  if (executionId === null || definitionHash === null) throw new AppError("internal")
  if (call.executionStatus !== "started") throw new AppError("already_consumed")

  const permit = await signPermit({
    executionId,
    tenantId,
    runId: call.runId,
    server: call.server,
    tool: call.name,
    toolVersion: call.version,
    definitionHash,
    decision: "allow",
    inputDigest: call.inputDigest,
    ...(changeHash === null ? {} : { changeHash }),
    policyVersion: call.policyVersion,
    voters: [],
  })
  return { executionId, permit }
}
