/** A live authenticator of a person, as an answer of it is checked. */
export type Authenticator = Readonly<{
  authenticatorId: string
  name: string
  /** In which it was enrolled. */
  sessionId: string
  /** base64url */
  credentialId: string
  /** COSE */
  publicKey: Uint8Array
  signCount: number
  transports: readonly string[]
  createdAt: Date
  lastUsedAt: Date | null
}>

/** A credential that an authenticator has just made. */
export type NewCredential = Readonly<{
  credentialId: string
  publicKey: Uint8Array
  signCount: number
  transports: readonly string[]
}>

/** How long a challenge can be answered (SPEC 4.4). */
export const challengeSeconds = 300
