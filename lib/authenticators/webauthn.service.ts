import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server"
import { runtime } from "@/lib/env/runtime"
import { AppError, type ErrorCode, type Reason } from "@/lib/errors/app-error"
import { assertionFault, fault, signCountIn } from "./assertion-fault"
import { challengeSeconds, type Authenticator, type NewCredential } from "./authenticator"
import type { AssertionBody, CreationOptions, RegistrationBody, RequestOptions } from "./authenticator.schema"
import { relyingParty } from "./relying-party"

/** EdDSA, ES256, RS256: what authenticators speak, and the offline checker reads. */
const algorithms = [-8, -7, -257] as const

const credentialOf = ({ credentialId, transports }: Authenticator) => ({
  id: credentialId,
  type: "public-key" as const,
  transports: [...transports],
})

/** What the browser is given to ask one of these authenticators for a signature. */
export function requestOptions(challenge: string, known: readonly Authenticator[]): RequestOptions {
  return {
    challenge,
    rpId: relyingParty(runtime().config.origin).rpId,
    allowCredentials: known.map(credentialOf),
    userVerification: "required",
    timeout: challengeSeconds * 1000,
  }
}

/** What the browser is given to make a new credential on an authenticator that has none of ours. */
export function creationOptions(
  challenge: string,
  person: Readonly<{ personId: string; name: string; email: string }>,
  known: readonly Authenticator[],
): CreationOptions {
  return {
    challenge,
    rp: { id: relyingParty(runtime().config.origin).rpId, name: "Deltaseal" },
    user: {
      id: Buffer.from(person.personId, "utf8").toString("base64url"),
      name: person.email,
      displayName: person.name,
    },
    pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: known.map(credentialOf),
    authenticatorSelection: { residentKey: "discouraged", userVerification: "required" },
    attestation: "none",
    timeout: challengeSeconds * 1000,
  }
}

/** @throws AppError `authenticator_refused` */
export async function verifyRegistration(
  { id, response }: RegistrationBody,
  challenge: string,
): Promise<NewCredential> {
  const { origin, rpId } = relyingParty(runtime().config.origin)
  const { clientDataJSON, attestationObject, transports = [] } = response
  const verified = await verifyRegistrationResponse({
    response: {
      id,
      rawId: id,
      type: "public-key",
      response: { clientDataJSON, attestationObject },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    requireUserVerification: true,
    supportedAlgorithmIDs: [...algorithms],
  }).catch((error: unknown) => refuse("authenticator_refused", fault("wrong_signature"), error))
  if (!verified.verified) return refuse("authenticator_refused", fault("wrong_signature"))

  const { credential } = verified.registrationInfo
  return {
    credentialId: credential.id,
    publicKey: credential.publicKey,
    signCount: credential.counter,
    transports: transports.filter((name) => /^[a-z-]{1,32}$/.test(name)),
  }
}

/**
 * Checks that this authenticator signed this challenge here, for somebody whom
 * it verified; gives its new count.
 *
 * @param challenge base64url
 * @throws AppError `step_up_invalid` with the reason
 */
export async function verifyAssertion(
  { response: { authenticatorData, clientDataJSON, signature } }: AssertionBody,
  challenge: string,
  authenticator: Authenticator,
): Promise<number> {
  const { origin, rpId } = relyingParty(runtime().config.origin)
  const said = { authenticatorData: bytesOf(authenticatorData), clientDataJSON: bytesOf(clientDataJSON) }
  const { credentialId: id, publicKey, signCount } = authenticator
  const found = assertionFault(said, { origin, rpId, type: "webauthn.get", challenge, signCount })
  if (found !== null) return refuse("step_up_invalid", found)

  const { verified } = await verifyAuthenticationResponse({
    response: {
      id,
      rawId: id,
      type: "public-key",
      response: { authenticatorData, clientDataJSON, signature },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    credential: { id, publicKey: new Uint8Array(publicKey), counter: signCount },
    requireUserVerification: true,
  }).catch((error: unknown) => refuse("step_up_invalid", fault("wrong_signature"), error))
  if (!verified) return refuse("step_up_invalid", fault("wrong_signature"))

  return signCountIn(said.authenticatorData)
}

export function bytesOf(base64url: string): Uint8Array {
  return Buffer.from(base64url, "base64url")
}

/** @throws AppError always */
export function refuse(code: ErrorCode, reason: Reason, cause?: unknown): never {
  throw new AppError(code, reason.message, { reasons: [reason], cause })
}
