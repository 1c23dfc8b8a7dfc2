import type { CallTerms } from "@/lib/policies/call-terms"
import type { PolicyExemption } from "@/lib/policies/policy-answer"
import type { Tier } from "@/lib/tools/tool"

/** How long a permit is good for, in seconds (SPEC 4.2.5). */
export const permitSeconds = 60

/** What a permit says may run (SPEC 4.2.5), before it is signed. */
export type PermitFacts = Readonly<{
  executionId: string
  tenantId: string
  runId: string
  server: string
  tool: string
  toolVersion: string
  definitionHash: string
  decision: "allow" | "approved"
  inputDigest: string
  changeHash?: string
  approvalId?: string
  policyVersion: number
  voters: readonly string[]
  /** One person asked and approved, as the policy lets an agency of one. */
  selfReviewed?: boolean
  /** The approval that they voted on, where the decision was carried over from another run. */
  derivedFrom?: string | null
  /** What the tool may only try. */
  isDryRun: boolean
  /** Origins that the policy lets the tool reach; none = it says nothing of them. */
  egress: readonly string[]
  exemption?: Exemption
  /** Null = not known. */
  tier: Tier | null
}> &
  CallTerms

/** Why a call that its tier puts to people needed nobody's approval (SPEC 4.2.5). */
export type Exemption = PolicyExemption & Readonly<{ policyVersion: number }>

/** The claims of the compact JWS. `iat` and `exp` are seconds since 1970. */
export function permitClaims(facts: PermitFacts, issuer: string, issuedAt: number): Record<string, unknown> {
  return {
    iss: issuer,
    aud: facts.server,
    jti: facts.executionId,
    tenantId: facts.tenantId,
    runId: facts.runId,
    tool: {
      server: facts.server,
      name: facts.tool,
      version: facts.toolVersion,
      definition: facts.definitionHash,
    },
    decision: facts.decision,
    inputDigest: facts.inputDigest,
    ...(facts.changeHash === undefined ? {} : { changeHash: facts.changeHash }),
    ...(facts.approvalId === undefined ? {} : { approvalId: facts.approvalId }),
    ...(facts.selfReviewed === true ? { selfReviewed: true } : {}),
    ...(facts.exemption === undefined ? {} : { exemption: facts.exemption }),
    ...(facts.isDryRun ? { dryRun: true } : {}),
    ...(facts.egress.length === 0 ? {} : { egress: facts.egress }),
    ...sandboxClaims(facts),
    ...(facts.timeoutSeconds === null ? {} : { timeoutSeconds: facts.timeoutSeconds }),
    ...(facts.outputBytes === null ? {} : { outputBytes: facts.outputBytes }),
    policyVersion: facts.policyVersion,
    voters: facts.voters,
    ...(typeof facts.derivedFrom === "string" ? { derivedFrom: facts.derivedFrom } : {}),
    iat: issuedAt,
    exp: issuedAt + permitSeconds,
  }
}

/** SPEC 3.2: what executes is confined, and reaches nothing that no rule names. */
function sandboxClaims({ tier, egress }: PermitFacts): Record<string, unknown> {
  if (tier !== "T3_EXECUTE") return {}
  return { sandbox: true, network: egress.length === 0 ? "none" : "egress" }
}
