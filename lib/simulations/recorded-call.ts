import { callLimits, type CallLimit } from "@/lib/calls/call-limits"
import type { Reason } from "@/lib/errors/app-error"
import type { CompiledPolicy } from "@/lib/policies/compile-policy"
import { stagesOf } from "@/lib/policies/approval-of"
import { evaluate } from "@/lib/policies/evaluate"
import type { PolicyAnswer, PolicyCheck } from "@/lib/policies/policy-answer"
import type { GrantUse } from "@/lib/policies/grant"
import type { PolicyLimits } from "@/lib/policies/policy"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import type { AskedPeople } from "./asked-people"
import type { Answer, Untold } from "./simulation"

/** A call as it was decided, with what is left of what the policy looked at. */
export type RecordedCall = Readonly<{
  callId: string
  runId: string
  approvalId: string | null
  /** Whom it was put to; null where to nobody. */
  required: AskedPeople | null
  server: string
  name: string
  version: string
  decision: Answer
  reasons: readonly Reason[]
  rule: string | null
  /** Null where the policy was not asked. */
  checks: readonly PolicyCheck[] | null
  policyVersion: number
  requestedAt: Date
  facts: PolicyFacts | "gone" | null
}>

/** What a policy says of a recorded call, or why nothing can be said. */
export type Retold =
  | Readonly<{
      untold: null
      answer: Answer
      rule: string | null
      checks: readonly PolicyCheck[]
      reasons: readonly Reason[]
      /** Whom it would be put to; null where to nobody. */
      required: AskedPeople | null
      /** What the policy limits of it, where it is not refused. */
      limits: PolicyLimits
      /** The grant that lets it through. */
      grant: GrantUse | null
    }>
  | Readonly<{ untold: Untold }>

/**
 * Puts a recorded call before a policy. Limits are not counted here, and a
 * call that something else than the policy refused stays as it is: no policy
 * would have let it through.
 */
export function retell(policy: CompiledPolicy, call: RecordedCall): Retold {
  const { facts } = call
  if (facts === null) return { untold: isRefusedBefore(call) ? "refused_otherwise" : "unrecorded" }
  if (facts === "gone") return { untold: "gone" }
  if (isRefusedAfter(call)) return { untold: "refused_otherwise" }

  const { rule, checks, limits, grant, approval, ...said } = evaluate(policy, facts)
  const answered = answerOf(said, facts)
  const required = answered.answer === "pending" && approval !== null ? stagesOf(approval) : null
  return { untold: null, rule, checks, limits, grant, required, ...answered }
}

/** The limits that a call is held to under a policy that told this of it; none where it is refused anyway. */
export function limitsOf(
  { answer, limits, grant }: Extract<Retold, Readonly<{ untold: null }>>,
  { runId, server, name, facts }: RecordedCall,
): CallLimit[] {
  if (answer === "deny" || facts === null || facts === "gone") return []
  const isWrite = facts.tool.tier !== "T0_READ"
  const messages = facts.change?.messages ?? 0

  return callLimits({ runId, server, name, isWrite, messages, grant }, limits)
}

/** The checks that come before the policy said no. Where it could not be had, nothing was looked at. */
function isRefusedBefore({ decision, reasons }: RecordedCall): boolean {
  return decision === "deny" && !reasons.some(({ code }) => code === "policy_unavailable")
}

/** The policy had nothing against it, and it was refused all the same. */
function isRefusedAfter({ decision, reasons }: RecordedCall): boolean {
  return decision === "deny" && reasons.some(({ code }) => code === "scope_missing" || code === "run_closed")
}

const changeRequired: Reason = {
  code: "change_required",
  message: "The policy wants people to see what this changes.",
  path: "/change",
}

function answerOf(
  { effect, reasons }: Pick<PolicyAnswer, "effect" | "reasons">,
  { change }: PolicyFacts,
): Readonly<{ answer: Answer; reasons: readonly Reason[] }> {
  if (effect !== "require_approval") return { answer: effect, reasons }

  return change === null ? { answer: "deny", reasons: [changeRequired] } : { answer: "pending", reasons }
}
