import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { Reason } from "@/lib/errors/app-error"
import type { DenialCode } from "@/lib/policies/decision"
import type { PolicyCheck } from "@/lib/policies/policy-answer"

/** What the server answers to a tool call. A policy that says no is an answer, not an error. */
export type CallAnswer =
  | (Readonly<{ decision: "allow"; callId: string; executionId: string; permit: string }> & Explained)
  | Readonly<{ decision: "pending"; callId: string; approval: ApprovalView }>
  | (Readonly<{ decision: "deny"; code: DenialCode; reasons: readonly Reason[] }> & Explained)

/** Why: the rule that decided, and every check with its result. */
export type Explained = Readonly<{ matchedRule: string | null; checks: PolicyCheck[] }>

/** @param call as it is stored: its checks are JSON text */
export function explained({
  matchedRule,
  checks,
}: Readonly<{ matchedRule: string | null; checks: string | null }>): Explained {
  return { matchedRule, checks: checks === null ? [] : (JSON.parse(checks) as PolicyCheck[]) }
}
