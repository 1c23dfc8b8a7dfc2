import { createPrivateKey, sign, type KeyObject } from "node:crypto"
import { calculateJwkThumbprint, type JWK } from "jose"
import { databaseTime, perRuntime, runtime } from "@/lib/env/runtime"
import { permitClaims, type PermitFacts } from "./permit"

type SigningKey = Readonly<{ header: string; key: KeyObject; publicJwk: JWK }>

/**
 * Signs a permit as a compact JWS (Ed25519), valid from now for a minute, by the
 * database's clock: nodes may disagree on the time. In place: a thread of Web
 * Crypto's takes three times as long as the signature.
 */
export async function signPermit(facts: PermitFacts): Promise<string> {
  const { header, key } = await signingKey()
  const claims = permitClaims(facts, runtime().config.origin, Math.floor(databaseTime() / 1000))
  const signed = `${header}.${base64url(JSON.stringify(claims))}`

  return `${signed}.${sign(null, Buffer.from(signed, "ascii"), key).toString("base64url")}`
}

function base64url(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url")
}

/**
 * The public keys that permits verify with (RFC 7517): the one that signs, and
 * while it is rotated those that sign on other nodes, or signed what still lives.
 */
export async function permitKeys(): Promise<Readonly<{ keys: JWK[] }>> {
  const { secrets, watch } = runtime()
  const { publicJwk } = await signingKey()
  const now = watch.now()
  const others = secrets.otherPermitKeys.filter(
    ({ x, until }) => until.getTime() > now && x !== secrets.permitKey.x,
  )

  return { keys: [publicJwk, ...(await Promise.all(others.map(({ x }) => publish(x))))] }
}

/** Imported once per process. */
const signingKey = perRuntime(async ({ secrets }): Promise<SigningKey> => {
  const { kty, crv, x, d } = secrets.permitKey
  const publicJwk = await publish(x)

  return {
    header: base64url(JSON.stringify({ alg: "EdDSA", kid: publicJwk.kid, typ: "deltaseal-permit+jwt" })),
    key: createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" }),
    publicJwk,
  }
})

/** The key id is the key's RFC 7638 thumbprint. */
async function publish(x: string): Promise<JWK> {
  const key = { kty: "OKP", crv: "Ed25519", x } as const

  return { ...key, kid: await calculateJwkThumbprint(key), alg: "EdDSA", use: "sig" }
}
