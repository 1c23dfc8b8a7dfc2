import { labelledHash } from "./hashes.ts"

/**
 * What a reviewer's authenticator is asked to sign for one vote, or an
 * administrator's to break the glass (SPEC 4.4).
 * `reviewer` and `session` are ids; `iat` and `exp` are seconds since 1970.
 */
export type StepUpChallenge = Readonly<{
  approvalId: string
  changeHash: string
  decision: "approve" | "deny" | "request_changes" | "break_glass"
  reviewer: string
  session: string
  tenantId: string
  policyVersion: number
  /** 32 random bytes in lower-case hex, for this challenge alone. */
  nonce: string
  iat: number
  exp: number
}>

/** The challenge in lower-case hex; its 32 bytes are what the browser hands to the authenticator. */
export function stepUpChallenge(challenge: StepUpChallenge): string {
  return labelledHash("deltaseal/webauthn/v1", { ...challenge })
}
