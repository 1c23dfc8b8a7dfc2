import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { Reason } from "@/lib/errors/app-error"

/** What the server answers to a tool call. A policy that says no is an answer, not an error. */
export type CallAnswer =
  | Readonly<{ decision: "allow"; callId: string; executionId: string; permit: string }>
  | Readonly<{ decision: "pending"; callId: string; approval: ApprovalView }>
  | Readonly<{ decision: "deny"; code: "policy_denied" | "invalid_input"; reasons: readonly Reason[] }>
