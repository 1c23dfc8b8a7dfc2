import type { Exemption } from "@/lib/permits/permit"
import { signPermit } from "@/lib/permits/permits.service"
import type { PolicyCheck } from "@/lib/policies/policy-answer"
import { tierDefaults, type Tier } from "@/lib/tools/tool"

type AllowedCall = Readonly<{
  executionId: string
  tenantId: string
  runId: string
  server: string
  name: string
  version: string
  tier: Tier | null
  definitionHash: string
  inputDigest: string
  changeHash: string | null
  policyVersion: number
  matchedRule: string | null
  /** As they are stored, or read from there. */
  checks: readonly PolicyCheck[]
  isDryRun: boolean
  egress: readonly string[]
}>

/** The permit of a call that policy allows without asking anyone, now or when its answer is given again. */
export function signAllowPermit({ name, version, changeHash, ...call }: AllowedCall): Promise<string> {
  const exemption = exemptionOf(call)

  return signPermit({
    executionId: call.executionId,
    tenantId: call.tenantId,
    runId: call.runId,
    server: call.server,
    tool: name,
    toolVersion: version,
    definitionHash: call.definitionHash,
    decision: "allow",
    inputDigest: call.inputDigest,
    ...(changeHash === null ? {} : { changeHash }),
    ...(exemption === null ? {} : { exemption }),
    policyVersion: call.policyVersion,
    voters: [],
    isDryRun: call.isDryRun,
    egress: call.egress,
  })
}

/** Why nobody had to approve what its tier puts to people: a rule of the policy said so. */
function exemptionOf({
  tier,
  matchedRule,
  policyVersion,
  checks,
}: Pick<AllowedCall, "tier" | "matchedRule" | "policyVersion" | "checks">): Exemption | null {
  if (tier === null || tierDefaults(tier).approvers === 0 || matchedRule === null) return null

  const isGrant = checks.some(
    ({ check, rule, result }) => check === "grant" && rule === matchedRule && result === "pass",
  )
  return isGrant
    ? { kind: "grant", grantId: matchedRule, policyVersion }
    : { kind: "policy", rule: matchedRule, policyVersion }
}
