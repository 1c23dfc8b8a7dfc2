import { Buffer } from "node:buffer"
import { generateKeyPairSync, randomBytes } from "node:crypto"

const random = () => randomBytes(32).toString("base64")

/** An Ed25519 private key as JWK. */
export function newPermitKey() {
  return generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })
}

/** @param {unknown} value */
export function inBase64(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64")
}

export function newSecrets() {
  return {
    DELTASEAL_PERMIT_KEY: inBase64(newPermitKey()),
    DELTASEAL_KEY_PEPPER: random(),
    DELTASEAL_ENCRYPTION_KEY: random(),
    DELTASEAL_SESSION_SECRET: random(),
  }
}
