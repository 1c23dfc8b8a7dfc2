import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"

/** Content under a key of its own, and that key under the key-encryption key: drop the key and it is gone. */
export type SealedContent = Readonly<{ digest: string; bytes: number; wrappedKey: Buffer; sealed: Buffer }>

const keyBytes = 32
const ivBytes = 12
const tagBytes = 16

/** Seals content with AES-256-GCM, bound to its tenant and digest so that rows cannot be swapped. */
export function sealContent(tenantId: string, digest: string, content: Uint8Array): SealedContent {
  const random = randomBytes(keyBytes + 2 * ivBytes)
  const key = random.subarray(0, keyBytes)
  const keyIv = random.subarray(keyBytes, keyBytes + ivBytes)
  const contentIv = random.subarray(keyBytes + ivBytes)
  const place = `${tenantId}|${digest}`

  return {
    digest,
    bytes: content.byteLength,
    wrappedKey: seal(runtime().secrets.encryptionKey, keyIv, key, `key|${place}`),
    sealed: seal(key, contentIv, content, `content|${place}`),
  }
}

/** @throws AppError `internal` when the row was tampered with or belongs elsewhere */
export function openContent(
  tenantId: string,
  digest: string,
  row: Readonly<{ wrappedKey: Uint8Array; sealed: Uint8Array }>,
): Buffer {
  const place = `${tenantId}|${digest}`
  const key = open(runtime().secrets.encryptionKey, row.wrappedKey, `key|${place}`)

  return open(key, row.sealed, `content|${place}`)
}

function seal(key: Uint8Array, iv: Uint8Array, plain: Uint8Array, associated: string): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(associated))

  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function open(key: Uint8Array, sealed: Uint8Array, associated: string): Buffer {
  const bytes = Buffer.from(sealed)
  const iv = bytes.subarray(0, ivBytes)
  const body = bytes.subarray(ivBytes, bytes.length - tagBytes)
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes })
    .setAAD(Buffer.from(associated))
    .setAuthTag(bytes.subarray(bytes.length - tagBytes))
  try {
    return Buffer.concat([decipher.update(body), decipher.final()])
  } catch (cause) {
    throw new AppError("internal", "Stored content does not open with our key.", { cause })
  }
}
