import { createHmac, randomBytes } from "node:crypto"
import { runtime } from "@/lib/env/runtime"
import { base62From, parseKey, type PrintedKey } from "./api-key"

/** A key or run token as presented, before anything has vouched for it. The database decides whether it lives. */
export type KeyCredential = Readonly<{ publicId: string; mac: Buffer; address: string | null }>

/** The credential in an `Authorization: Bearer dsl_…` header, or null when there is none of our shape. */
export function credentialFrom(header: string | undefined, address: string | null): KeyCredential | null {
  const [scheme, token, ...rest] = (header ?? "").split(" ")
  if (scheme?.toLowerCase() !== "bearer" || token === undefined || rest.length > 0) return null

  const key = parseKey(token)
  return key === null ? null : { publicId: key.publicId, mac: macOf(key), address }
}

/** A new random key: 20 and 43 base62 characters, so 256 bits of secret. */
export function newPrintedKey<Mode extends PrintedKey["mode"]>(mode: Mode): PrintedKey<Mode> {
  const random = base62From(randomBytes(128), 63)

  return { mode, publicId: random.slice(0, 20), secret: random.slice(20) }
}

/**
 * What is stored of a secret: HMAC-SHA-256 under the pepper, which is not in the
 * database. Run tokens have a label of their own: neither can be the other.
 */
export function macOf({ mode, publicId, secret }: PrintedKey): Buffer {
  const label = mode === "run" ? "deltaseal/run-token/v1" : `deltaseal/key/v1\0${mode}`

  return createHmac("sha256", runtime().secrets.keyPepper).update(`${label}\0${publicId}\0${secret}`).digest()
}

/** A credential as the leading arguments of the hot functions. */
export function keyArguments(credential: KeyCredential): readonly [string, Buffer, string | null] {
  return [credential.publicId, credential.mac, credential.address]
}
