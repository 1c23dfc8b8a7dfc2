import { sha256Hex } from "@deltaseal/guard/change"
import type { Reason } from "@/lib/errors/app-error"
import type { RelyingParty } from "./relying-party"

/** What an authenticator and its browser said, as bytes. */
export type Said = Readonly<{ clientDataJSON: Uint8Array; authenticatorData: Uint8Array }>

export type Expected = RelyingParty &
  Readonly<{
    type: "webauthn.get" | "webauthn.create"
    /** base64url */
    challenge: string
    /** What the authenticator last counted; 0 where it does not count. */
    signCount: number
  }>

/**
 * What is wrong with an answer before its signature is looked at, or null: each
 * with a code of its own, so that a person can be told what to do.
 */
export function assertionFault(said: Said, expected: Expected): Reason | null {
  const client = clientData(said.clientDataJSON)
  if (client === null || said.authenticatorData.byteLength < 37) return fault("unreadable_answer")
  if (client["type"] !== expected.type) return fault("wrong_ceremony")
  if (client["challenge"] !== expected.challenge) return fault("wrong_challenge")
  if (client["origin"] !== expected.origin || client["crossOrigin"] === true || "topOrigin" in client)
    return fault("wrong_origin")

  const { rpIdHash, flags, signCount } = authenticatorFacts(said.authenticatorData)
  if (rpIdHash !== sha256Hex(expected.rpId)) return fault("wrong_relying_party")
  if ((flags & 1) === 0) return fault("user_not_present")
  if ((flags & 4) === 0) return fault("user_not_verified")
  if ((signCount > 0 || expected.signCount > 0) && signCount <= expected.signCount)
    return fault("count_went_back")

  return null
}

/** The challenge that an answer names, in base64url, or null when it names none. */
export function challengeIn(clientDataJSON: Uint8Array): string | null {
  const challenge = clientData(clientDataJSON)?.["challenge"]
  return typeof challenge === "string" ? challenge : null
}

/** How often the authenticator says that it has signed. */
export function signCountIn(authenticatorData: Uint8Array): number {
  return authenticatorFacts(authenticatorData).signCount
}

export function fault(code: keyof typeof words): Reason {
  return { code, message: words[code] }
}

const words = {
  unreadable_answer: "The answer cannot be read.",
  wrong_ceremony: "The answer is to something else than a question for a signature.",
  unknown_challenge: "Nobody was asked to sign this.",
  wrong_challenge: "Something else was signed than this decision on this change, by you, in this session.",
  wrong_origin: "It was signed on another site than this one.",
  wrong_relying_party: "It was signed for another site than this one.",
  user_not_present: "The authenticator says that nobody touched it.",
  user_not_verified: "The authenticator did not check who used it, by a PIN or a finger.",
  count_went_back: "The authenticator has counted backwards: it may have been copied.",
  unknown_authenticator: "This is no authenticator of yours that is still enrolled.",
  wrong_signature: "The signature does not hold.",
} as const

function clientData(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
    return typeof value === "object" && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

/** WebAuthn 6.1: 32 bytes of the relying party's digest, a byte of flags, four of the count. */
function authenticatorFacts(bytes: Uint8Array): { rpIdHash: string; flags: number; signCount: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rpIdHash = Array.from(bytes.subarray(0, 32), (byte) => byte.toString(16).padStart(2, "0")).join("")

  return { rpIdHash, flags: view.getUint8(32), signCount: view.getUint32(33) }
}
