import { z } from "zod"
import { AssertionBody, RequestOptions } from "@/lib/authenticators/authenticator.schema"
import { signedDecisions } from "./approval"

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const Time = z.iso.datetime()

export const StepUpBody = z.strictObject({ decision: z.enum(signedDecisions), changeHash: Sha256 })
export type StepUpBody = z.infer<typeof StepUpBody>

/** What is to be signed, as its members and as the browser is given it. */
export const StepUpView = z.strictObject({
  challenge: z.strictObject({
    approvalId: z.string(),
    changeHash: Sha256,
    decision: z.enum(signedDecisions),
    reviewer: z.string(),
    session: z.string(),
    tenantId: z.string(),
    policyVersion: z.int(),
    nonce: Sha256,
    iat: z.int(),
    exp: z.int(),
  }),
  options: RequestOptions,
  expiresAt: Time,
})
export type StepUpView = z.infer<typeof StepUpView>

export const StepUpAnswer = z.strictObject({ assertion: AssertionBody })

/** What an authenticator signed for one vote, for the checker that needs nothing of ours. Bytes are base64url. */
export const EvidenceView = z.strictObject({
  v: z.literal(1),
  personId: z.string(),
  authenticatorId: z.string(),
  challengeInput: z.string(),
  publicKey: z.string(),
  authenticatorData: z.string(),
  clientDataJSON: z.string(),
  signature: z.string(),
  origin: z.string(),
  rpId: z.string(),
  verifiedAt: Time,
  /** Only where the vote was taken back since. */
  withdrawnAt: Time.optional(),
})

export const EvidenceList = z.strictObject({ items: z.array(EvidenceView), nextCursor: z.null() })
export type EvidenceList = z.infer<typeof EvidenceList>
