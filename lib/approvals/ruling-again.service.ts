import { parseStrictJson } from "@deltaseal/guard/change"
import { openContent } from "@/lib/changes/content-seal"
import { databaseTime } from "@/lib/env/runtime"
import { stagesOf } from "@/lib/policies/approval-of"
import { evaluate } from "@/lib/policies/evaluate"
import { policyInForce } from "@/lib/policies/policies.service"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { readCallFacts, type MovedPolicy, type NewRuling } from "./approvals.repo"

/**
 * What the policy in force says of a call that people approved under another
 * one (SPEC 4.2.4): of the same facts, but for the time and the run's taint.
 * Limits are not counted again. A call whose facts are not there is denied,
 * and one that was granted origins which that policy no longer lets it reach.
 *
 * @throws AppError `policy_unavailable`, `internal` when what is stored does not open with our key
 */
export async function ruleAgain({
  tenantId,
  callId,
  policyVersion,
  isTainted,
  egress: granted,
}: MovedPolicy): Promise<NewRuling> {
  const policy = await policyInForce(tenantId, policyVersion)
  const facts = await callFacts(tenantId, callId)
  if (facts === null) return { ...denied, policyVersion }

  const { effect, approval, egress } = evaluate(policy, {
    ...facts,
    run: { ...facts.run, tainted: isTainted },
    now: databaseTime(),
  })
  // Its permit names them, now and whenever the same spend asks again.
  if (!granted.every((origin) => egress.includes(origin))) return { ...denied, policyVersion }

  return {
    policyVersion,
    effect,
    required: approval === null ? [] : stagesOf(approval),
    isReasonRequired: approval?.isReasonRequired === true,
  }
}

const denied = { effect: "deny", required: [], isReasonRequired: false } as const

/**
 * What the policy looked at when a call was decided; null where that is not there.
 *
 * @throws AppError `internal` when what is stored does not open with our key
 */
export async function callFacts(tenantId: string, callId: string): Promise<PolicyFacts | null> {
  const stored = await readCallFacts(tenantId, callId)
  if (stored === null) return null
  const { digest, wrapped_key: wrappedKey, sealed } = stored
  const bytes = openContent(tenantId, digest, { wrappedKey, sealed })

  return parseStrictJson(bytes) as unknown as PolicyFacts
}
