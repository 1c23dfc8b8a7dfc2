import { createPrivateKey, sign, type KeyObject } from "node:crypto"
import { calculateJwkThumbprint, type JWK } from "jose"
import { perRuntime, runtime } from "@/lib/env/runtime"
import { permitClaims, type PermitFacts } from "./permit"

type SigningKey = Readonly<{ header: string; key: KeyObject; publicJwk: JWK }>

/**
 * Signs a permit as a compact JWS (Ed25519), valid from now for a minute, by the
 * database's clock: nodes may disagree on the time. In place: a thread of Web Crypto's takes three times as long as the signature.
 */
export async function signPermit(facts: PermitFacts): Promise<string> {
  const { header, key } = await signingKey()
  const claims = permitClaims(facts, runtime().config.origin, Math.floor(runtime().watch.now() / 1000))
  const signed = `${header}.${base64url(JSON.stringify(claims))}`

  return `${signed}.${sign(null, Buffer.from(signed, "ascii"), key).toString("base64url")}`
}

function base64url(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url")
}

/** The public keys that permits verify with (RFC 7517). */
export async function permitKeys(): Promise<Readonly<{ keys: JWK[] }>> {
  const { publicJwk } = await signingKey()

  return { keys: [publicJwk] }
}

/** Imported once per process; the key id is its RFC 7638 thumbprint. */
const signingKey = perRuntime(async ({ secrets }): Promise<SigningKey> => {
  const { kty, crv, x, d } = secrets.permitKey
  const kid = await calculateJwkThumbprint({ kty, crv, x })

  return {
    header: base64url(JSON.stringify({ alg: "EdDSA", kid, typ: "deltaseal-permit+jwt" })),
    key: createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" }),
    publicJwk: { kty, crv, x, kid, alg: "EdDSA", use: "sig" },
  }
})
