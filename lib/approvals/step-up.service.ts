import { randomBytes } from "node:crypto"
import { canonicalize, stepUpChallenge, type StepUpChallenge } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import { challengeIn, fault } from "@/lib/authenticators/assertion-fault"
import { challengeSeconds } from "@/lib/authenticators/authenticator"
import type { AssertionBody } from "@/lib/authenticators/authenticator.schema"
import { authenticatorsOf } from "@/lib/authenticators/authenticators.service"
import { relyingParty } from "@/lib/authenticators/relying-party"
import { bytesOf, refuse, requestOptions, verifyAssertion } from "@/lib/authenticators/webauthn.service"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { command } from "@/lib/operations/command"
import type { SignedDecision } from "./approval"
import type { ApprovalView } from "./approval.schema"
import type { SignedVote } from "./approvals.repo"
import { evidenceDigest, isChallengeFor } from "./step-up"
import { findChallenge, findStandingOf, insertChallenge, secondsNow } from "./step-up.repo"
import type { StepUpBody, StepUpView } from "./step-up.schema"

/**
 * Says what a person has to sign for one decision on one change, once, within
 * five minutes (SPEC 4.4).
 *
 * @param derived the approval that is yet to be made of this one, where the decision is on that
 * @throws AppError `not_found`, `forbidden`, `no_authenticator`, `approval_closed`, `hash_mismatch`
 */
export async function beginStepUp(
  person: PersonActor,
  { tenantId, approvalId }: Pick<ApprovalView, "tenantId" | "approvalId">,
  asked: StepUpBody,
  derived: Decided | null = null,
): Promise<StepUpView> {
  const known = await authenticatorsOf(person)
  const isAnyKnown = known.length > 0
  const input = await saveChallenge(person, tenantId, { ...asked, approvalId, derived, person, isAnyKnown })
  const challenge = Buffer.from(stepUpChallenge(input), "hex").toString("base64url")

  return {
    challenge: input,
    options: requestOptions(challenge, known),
    expiresAt: new Date(input.exp * 1000).toISOString(),
  }
}

type Decided = Readonly<{ approvalId: string; changeHash: string }>

type Asked = StepUpBody &
  Readonly<{ approvalId: string; derived: Decided | null; person: PersonActor; isAnyKnown: boolean }>

const saveChallenge = command("approval:vote", async ({ db }, asked: Asked) => {
  const { approvalId, decision, changeHash, derived, person, isAnyKnown } = asked
  const standing = await findStandingOf(db, approvalId)
  if (standing === null) throw new AppError("not_found")
  if (standing.status !== "pending") throw new AppError("approval_closed")
  if (standing.changeHash !== changeHash) throw new AppError("hash_mismatch")
  if (!isAnyKnown) throw new AppError("no_authenticator")

  const { policyVersion, runId, callId } = standing
  const iat = await secondsNow(db)
  const input: StepUpChallenge = {
    ...(derived ?? { approvalId, changeHash }),
    decision,
    reviewer: person.personId,
    session: person.sessionId,
    tenantId: db.tenantId,
    policyVersion,
    nonce: randomBytes(32).toString("hex"),
    iat,
    exp: iat + challengeSeconds,
  }
  await insertChallenge(db, approvalId, {
    challenge: stepUpChallenge(input),
    input,
    canonical: canonicalize(input),
  })

  return {
    value: input,
    events: [
      {
        type: "approval.step_up_begun",
        subject: { kind: "approval", id: approvalId },
        plain: { approvalId, runId, callId, decision, sessionId: person.sessionId, policyVersion },
        secret: { changeHash },
      },
    ],
  }
})

type Voted = Readonly<{ decision: SignedDecision; assertion: AssertionBody }>

/**
 * Checks what a person's authenticator signed for this vote; the vote itself
 * spends it, and looks at what can have changed meanwhile again.
 *
 * @throws AppError `step_up_invalid` with the reason, `step_up_spent`, `step_up_expired`
 */
export async function verifyStepUp(
  person: PersonActor,
  approval: Pick<ApprovalView, "tenantId" | "approvalId" | "changeHash" | "policyVersion">,
  { decision, assertion }: Voted,
): Promise<SignedVote> {
  const { tenantId, approvalId, changeHash, policyVersion } = approval
  const signed = challengeIn(bytesOf(assertion.response.clientDataJSON))
  if (signed === null) return refuse("step_up_invalid", fault("unreadable_answer"))

  const challenge = Buffer.from(signed, "base64url").toString("hex")
  const known = await findChallenge(tenantId, challenge)
  if (known === null) return refuse("step_up_invalid", fault("unknown_challenge"))
  const vote = {
    ...{ tenantId, approvalId, changeHash, policyVersion, decision },
    reviewer: person.personId,
    session: person.sessionId,
  }
  if (!isChallengeFor(challenge, known.input, vote))
    return refuse("step_up_invalid", fault("wrong_challenge"))
  if (known.isSpent) throw new AppError("step_up_spent")
  if (known.isExpired) throw new AppError("step_up_expired")

  const signer = (await authenticatorsOf(person)).find(({ credentialId }) => credentialId === assertion.id)
  if (signer === undefined) return refuse("step_up_invalid", fault("unknown_authenticator"))
  const signCount = await verifyAssertion(assertion, signed, signer)

  return { challenge, authenticatorId: signer.authenticatorId, signCount, ...saidIn(assertion) }
}

/**
 * The same for an approving vote on an approval that is yet to be made of
 * another, whose id was chosen when this was asked for.
 *
 * @param whole the one that it is made of
 */
export async function verifyDerivedStepUp(
  person: PersonActor,
  whole: Readonly<{ tenantId: string; approvalId: string; policyVersion: number }>,
  { changeHash, assertion }: Readonly<{ changeHash: string; assertion: AssertionBody }>,
): Promise<Readonly<{ approvalId: string; vote: SignedVote }>> {
  const { tenantId, policyVersion } = whole
  const signed = challengeIn(bytesOf(assertion.response.clientDataJSON))
  if (signed === null) return refuse("step_up_invalid", fault("unreadable_answer"))
  const known = await findChallenge(tenantId, Buffer.from(signed, "base64url").toString("hex"))
  if (known === null) return refuse("step_up_invalid", fault("unknown_challenge"))
  if (known.isSpent) throw new AppError("step_up_spent")
  if (known.approvalId !== whole.approvalId) return refuse("step_up_invalid", fault("wrong_challenge"))

  const { approvalId } = JSON.parse(known.input) as StepUpChallenge
  const derived = { tenantId, approvalId, changeHash, policyVersion }
  return { approvalId, vote: await verifyStepUp(person, derived, { decision: "approve", assertion }) }
}

function saidIn({ response }: AssertionBody) {
  const hex = (text: string) => Buffer.from(bytesOf(text)).toString("hex")
  const { authenticatorData, clientDataJSON, signature } = response

  return {
    authenticatorData: hex(authenticatorData),
    clientDataJSON: hex(clientDataJSON),
    signature: hex(signature),
    digest: evidenceDigest({ authenticatorData, clientDataJSON, signature }),
    ...relyingParty(runtime().config.origin),
  }
}
