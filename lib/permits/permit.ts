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
}>

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
    policyVersion: facts.policyVersion,
    voters: facts.voters,
    iat: issuedAt,
    exp: issuedAt + permitSeconds,
  }
}
