import { z } from "zod"
import { NameText } from "@/lib/kernel/name.schema"

const Time = z.iso.datetime()

const Base64Url = z
  .string()
  .min(1)
  .max(16_384)
  .regex(/^[\w-]+$/, "This is base64url without padding.")

/** Extensions are asked for by nobody here and believed from nobody; browsers name them all the same. */
const Extensions = z.looseObject({}).optional()
const Attachment = z.string().max(64).nullable().optional()

/** What `navigator.credentials.get` gave, as JSON (WebAuthn Level 3, `AuthenticationResponseJSON`). */
export const AssertionBody = z.strictObject({
  id: Base64Url,
  rawId: Base64Url,
  type: z.literal("public-key"),
  response: z.strictObject({
    authenticatorData: Base64Url,
    clientDataJSON: Base64Url,
    signature: Base64Url,
    userHandle: z.string().max(1024).nullable().optional(),
  }),
  authenticatorAttachment: Attachment,
  clientExtensionResults: Extensions,
})
export type AssertionBody = z.infer<typeof AssertionBody>

/** What `navigator.credentials.create` gave (`RegistrationResponseJSON`). */
const RegistrationBody = z.strictObject({
  id: Base64Url,
  rawId: Base64Url,
  type: z.literal("public-key"),
  response: z.strictObject({
    clientDataJSON: Base64Url,
    attestationObject: Base64Url,
    authenticatorData: Base64Url.optional(),
    transports: z.array(z.string().max(32)).max(8).optional(),
    publicKeyAlgorithm: z.int().optional(),
    publicKey: Base64Url.optional(),
  }),
  authenticatorAttachment: Attachment,
  clientExtensionResults: Extensions,
})
export type RegistrationBody = z.infer<typeof RegistrationBody>

const Credential = z.strictObject({
  id: z.string(),
  type: z.literal("public-key"),
  transports: z.array(z.string()),
})

/** For `navigator.credentials.get`; `challenge` is base64url. */
export const RequestOptions = z.strictObject({
  challenge: z.string(),
  rpId: z.string(),
  allowCredentials: z.array(Credential),
  userVerification: z.literal("required"),
  timeout: z.int(),
})
export type RequestOptions = z.infer<typeof RequestOptions>

/** For `navigator.credentials.create`. */
const CreationOptions = z.strictObject({
  challenge: z.string(),
  rp: z.strictObject({ id: z.string(), name: z.string() }),
  user: z.strictObject({ id: z.string(), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z.array(z.strictObject({ type: z.literal("public-key"), alg: z.int() })),
  excludeCredentials: z.array(Credential),
  authenticatorSelection: z.strictObject({
    residentKey: z.literal("discouraged"),
    userVerification: z.literal("required"),
  }),
  attestation: z.literal("none"),
  timeout: z.int(),
})
export type CreationOptions = z.infer<typeof CreationOptions>

/** One's own password, given again. */
export const OwnPasswordBody = z.strictObject({ password: z.string().max(4_096) })

/** `proof` is what an authenticator one has already must sign first; null for the first one. */
export const EnrolmentView = z.strictObject({
  enrolmentId: z.string(),
  expiresAt: Time,
  options: CreationOptions,
  proof: RequestOptions.nullable(),
})
export type EnrolmentView = z.infer<typeof EnrolmentView>

export const EnrolBody = z.strictObject({
  enrolmentId: z.string().max(64),
  name: NameText,
  registration: RegistrationBody,
  proof: AssertionBody.optional(),
})
export type EnrolBody = z.infer<typeof EnrolBody>

export const AuthenticatorView = z.strictObject({
  authenticatorId: z.string(),
  name: z.string(),
  createdAt: Time,
  lastUsedAt: Time.nullable(),
})
export type AuthenticatorView = z.infer<typeof AuthenticatorView>

export const AuthenticatorList = z.strictObject({
  items: z.array(AuthenticatorView),
  nextCursor: z.null(),
})

export const RenameBody = z.strictObject({ name: NameText })
