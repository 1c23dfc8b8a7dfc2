import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto"

/** An authenticator in software: ES256, attestation none, with everything that can be lied about open to a test. */
export type SoftwareAuthenticator = Readonly<{
  credentialId: string
  /** Answers `navigator.credentials.create`. */
  create: (options: Asked, lies?: Lies) => object
  /** Answers `navigator.credentials.get`. */
  get: (options: Asked, lies?: Lies) => Assertion
}>

type Asked = Readonly<{ challenge: string }>

export type Assertion = {
  id: string
  rawId: string
  type: "public-key"
  response: { authenticatorData: string; clientDataJSON: string; signature: string }
  clientExtensionResults: object
}

/** What it says instead of the truth. */
type Lies = Readonly<{
  type?: string
  challenge?: string
  origin?: string
  rpId?: string
  crossOrigin?: boolean
  /** Bit 1: touched; bit 4: verified. */
  flags?: number
  count?: number
  signedBy?: KeyObject
}>

export function softwareAuthenticator(origin: string): SoftwareAuthenticator {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const credential = randomBytes(32)
  const credentialId = credential.toString("base64url")
  const { hostname } = new URL(origin)
  let count = 0

  const clientData = ({ challenge }: Asked, type: string, lies: Lies) =>
    Buffer.from(
      JSON.stringify({
        type: lies.type ?? type,
        challenge: lies.challenge ?? challenge,
        origin: lies.origin ?? origin,
        crossOrigin: lies.crossOrigin ?? false,
      }),
    )
  const head = (lies: Lies, flags: number) => {
    const counted = Buffer.alloc(4)
    counted.writeUInt32BE(lies.count ?? (count += 1))
    return Buffer.concat([sha256(lies.rpId ?? hostname), Buffer.from([lies.flags ?? flags]), counted])
  }

  return {
    credentialId,
    create: (asked, lies = {}) => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(credential.length)
      const attested = Buffer.concat([Buffer.alloc(16), length, credential, coseKey(publicKey)])
      const authData = Buffer.concat([head(lies, 0x45), attested])
      return {
        ...named(credentialId),
        response: {
          clientDataJSON: clientData(asked, "webauthn.create", lies).toString("base64url"),
          attestationObject: attestationNone(authData).toString("base64url"),
          transports: ["usb"],
        },
      }
    },
    get: (asked, lies = {}) => {
      const clientDataJSON = clientData(asked, "webauthn.get", lies)
      const authenticatorData = head(lies, 0x05)
      const signed = Buffer.concat([authenticatorData, sha256(clientDataJSON)])
      return {
        ...named(credentialId),
        response: {
          authenticatorData: authenticatorData.toString("base64url"),
          clientDataJSON: clientDataJSON.toString("base64url"),
          signature: sign("sha256", signed, lies.signedBy ?? privateKey).toString("base64url"),
        },
      }
    },
  }
}

function named(id: string) {
  return { id, rawId: id, type: "public-key" as const, clientExtensionResults: {} }
}

function sha256(data: Buffer | string): Buffer {
  return createHash("sha256").update(data).digest()
}

/** CBOR {1: 2, 3: -7, -1: 1, -2: x, -3: y}. */
function coseKey(publicKey: KeyObject): Buffer {
  const { x = "", y = "" } = publicKey.export({ format: "jwk" })
  const coordinate = (text: string) =>
    Buffer.concat([Buffer.from([0x58, 0x20]), Buffer.from(text, "base64url")])

  return Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
    coordinate(x),
    Buffer.from([0x22]),
    coordinate(y),
  ])
}

/** CBOR {fmt: "none", attStmt: {}, authData}. */
function attestationNone(authData: Buffer): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)])
  const length = Buffer.alloc(2)
  length.writeUInt16BE(authData.length)

  return Buffer.concat([
    Buffer.from([0xa3]),
    text("fmt"),
    text("none"),
    text("attStmt"),
    Buffer.from([0xa0]),
    text("authData"),
    Buffer.concat([Buffer.from([0x59]), length, authData]),
  ])
}
