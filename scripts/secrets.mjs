import "./lib/node-version.mjs"
import { Buffer } from "node:buffer"
import { generateKeyPairSync, randomBytes } from "node:crypto"

const random = () => randomBytes(32).toString("base64")
const permitKey = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })

/** The four secrets that a server with a DATABASE_URL needs, made now and kept nowhere. */
const secrets = {
  DELTASEAL_PERMIT_KEY: Buffer.from(JSON.stringify(permitKey)).toString("base64"),
  DELTASEAL_KEY_PEPPER: random(),
  DELTASEAL_ENCRYPTION_KEY: random(),
  DELTASEAL_SESSION_SECRET: random(),
}

for (const [name, value] of Object.entries(secrets)) process.stdout.write(`${name}=${value}\n`)
