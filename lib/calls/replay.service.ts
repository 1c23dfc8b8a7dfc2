import { callFacts } from "@/lib/approvals/ruling-again.service"
import { openApproval } from "@/lib/approvals/stored-approval.service"
import { AppError } from "@/lib/errors/app-error"
import type { KeyCredential } from "@/lib/keys/credential"
import type { PriorCreate } from "@/lib/operations/idempotency"
import type { CompiledPolicy } from "@/lib/policies/compile-policy"
import { evaluate } from "@/lib/policies/evaluate"
import { policyInForce } from "@/lib/policies/policies.service"
import type { PolicyExemption } from "@/lib/policies/policy-answer"
import { tierDefaults } from "@/lib/tools/tool"
import type { CallAnswer } from "./call-answer"
import { signAllowPermit } from "./allow-permit.service"
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
        matchedRule: call.matchedRule,
        checks: [...call.checks],
      }
    case "pending":
      if (row.approval === null) throw new AppError("internal", "A pending call has lost its approval.")
      return {
        decision: "pending",
        callId: call.callId,
        approval: openApproval({ ...row, approval: row.approval }),
      }
    case "allow":
      return {
        decision: "allow",
        callId: call.callId,
        ...(await allowAgain(row.tenant_id, call)),
        matchedRule: call.matchedRule,
        checks: [...call.checks],
      }
  }
}

/** A new permit for the same execution, but only until its outcome is known: nothing runs twice. */
async function allowAgain(
  tenantId: string,
  call: NonNullable<RecordedCallRow["call"]>,
): Promise<{ executionId: string; permit: string }> {
  const { executionId, definitionHash, changeHash } = call
  if (executionId === null || definitionHash === null) throw new AppError("internal")
  if (call.executionStatus !== "started") throw new AppError("already_consumed")

  const policy = await policyInForce(tenantId, call.policyVersion)
  const exemption = await exemptionAgain(tenantId, call, policy)
  const permit = await signAllowPermit({
    ...call,
    tenantId,
    executionId,
    definitionHash,
    changeHash,
    exemption,
    toolLimits: policy.forTool(call.server, call.name).limits,
  })
  return { executionId, permit }
}

/** The policy of then says of the facts of then what it said then. */
async function exemptionAgain(
  tenantId: string,
  { callId, tier }: NonNullable<RecordedCallRow["call"]>,
  policy: CompiledPolicy,
): Promise<PolicyExemption | null> {
  if (tier === null || tierDefaults(tier).approvers === 0) return null
  const facts = await callFacts(tenantId, callId)
  const exemption = facts === null ? null : evaluate(policy, facts).exemption
  if (exemption === null) throw new AppError("internal", "An allowed call cannot be explained.")

  return exemption
}
