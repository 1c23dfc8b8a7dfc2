import { calculateJwkThumbprint, CompactSign, importJWK, type CryptoKey, type JWK } from "jose"
import { runtime } from "@/lib/env/runtime"
import { permitClaims, type PermitFacts } from "./permit"

type SigningKey = Readonly<{ kid: string; key: CryptoKey; publicJwk: JWK }>

let signing: Promise<SigningKey> | undefined

/** Signs a permit as a compact JWS (Ed25519), valid from now for a minute. */
export async function signPermit(facts: PermitFacts): Promise<string> {
  const { kid, key } = await signingKey()
  const claims = permitClaims(facts, runtime().config.origin, Math.floor(Date.now() / 1000))

  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "EdDSA", kid, typ: "deltaseal-permit+jwt" })
    .sign(key)
}

/** The public keys that permits verify with (RFC 7517). */
export async function permitKeys(): Promise<Readonly<{ keys: JWK[] }>> {
  const { publicJwk } = await signingKey()

  return { keys: [publicJwk] }
}

/** Imported once per process; the key id is its RFC 7638 thumbprint. */
function signingKey(): Promise<SigningKey> {
  signing ??= importSigningKey()

  return signing
}

async function importSigningKey(): Promise<SigningKey> {
  const { kty, crv, x, d } = runtime().secrets.permitKey
  const kid = await calculateJwkThumbprint({ kty, crv, x })
  const key = await importJWK({ kty, crv, x, d }, "EdDSA")
  if (key instanceof Uint8Array) throw new TypeError("A permit key is not symmetric.")

  return { kid, key, publicJwk: { kty, crv, x, kid, alg: "EdDSA", use: "sig" } }
}
