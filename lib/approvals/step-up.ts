import { canonicalize, sha256Hex, stepUpChallenge, type StepUpChallenge } from "@deltaseal/guard/change"

/** What a vote is about, as its rows say when it is cast; everything else of a challenge is what was asked. */
export type VotedOn = Omit<StepUpChallenge, "nonce" | "iat" | "exp">

/**
 * Whether a challenge that was given out is for this very vote: built again
 * from the vote's own values, it has to come out the same.
 *
 * @param input the canonical input as it was kept
 */
export function isChallengeFor(challenge: string, input: string, vote: VotedOn): boolean {
  const { nonce, iat, exp } = JSON.parse(input) as StepUpChallenge

  return stepUpChallenge({ ...vote, nonce, iat, exp }) === challenge
}

/** What was signed, as the log commits to it. */
export function evidenceDigest(
  said: Readonly<{ authenticatorData: string; clientDataJSON: string; signature: string }>,
): string {
  const { authenticatorData, clientDataJSON, signature } = said
  return sha256Hex(canonicalize({ authenticatorData, clientDataJSON, signature }))
}

/** Whether only votes count that an authenticator signed. */
export function needsStepUp(required: readonly Readonly<{ stepUp?: boolean }>[]): boolean {
  return required.some(({ stepUp }) => stepUp === true)
}

/** A stage as its approval keeps it: with all that says what votes it takes. */
export type RequiredStage = Readonly<{
  group: string
  count: number
  alternative?: number | undefined
  stepUp?: true
  selfReview?: true
}>

/** The stages as people read them; what holds for all of them is said once beside them. */
export function plainStages(required: readonly RequiredStage[]): PlainStage[] {
  return required.map(({ group, count, alternative }) => ({
    group,
    count,
    ...(alternative === undefined ? {} : { alternative }),
  }))
}

type PlainStage = { group: string; count: number; alternative?: number }
