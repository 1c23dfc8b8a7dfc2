import { signPermit } from "@/lib/permits/permits.service"
import { callTerms } from "@/lib/policies/call-terms"
import type { PolicyLimits } from "@/lib/policies/policy"
import type { PolicyExemption } from "@/lib/policies/policy-answer"
import type { Tier } from "@/lib/tools/tool"

type AllowedCall = Readonly<{
  executionId: string
  tenantId: string
  runId: string
  server: string
  name: string
  version: string
  definitionHash: string
  inputDigest: string
  changeHash: string | null
  policyVersion: number
  tier: Tier | null
  /** Those of the policy that concern the tool. */
  toolLimits: PolicyLimits
  /** What the policy said of it. */
  exemption: PolicyExemption | null
  isDryRun: boolean
  egress: readonly string[]
}>

/** The permit of a call that policy allows without asking anyone, now or when its answer is given again. */
export function signAllowPermit({ name, version, changeHash, ...call }: AllowedCall): Promise<string> {
  const { exemption, policyVersion } = call

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
    ...(exemption === null ? {} : { exemption: { ...exemption, policyVersion } }),
    policyVersion,
    voters: [],
    isDryRun: call.isDryRun,
    egress: call.egress,
    tier: call.tier,
    ...callTerms(call.toolLimits, call.tier),
  })
}
