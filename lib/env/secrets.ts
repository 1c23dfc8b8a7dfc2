import { generateKeyPairSync, randomBytes } from "node:crypto"
import { chmod, link, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import { z } from "zod"
import { StartupError } from "@/lib/errors/startup-error"

export type PrivateJwk = Readonly<{ kty: "OKP"; crv: "Ed25519"; x: string; d: string }>

/** The public half of a key that permits may be signed with elsewhere: by the one before, or soon by the next. */
export type OtherPermitKey = Readonly<{
  x: string
  /** When it is published no more. */
  until: Date
}>

export type Secrets = Readonly<{
  /** Signs permits; its public half is published. */
  permitKey: PrivateJwk
  /** Published beside it while a rotation is under way. */
  otherPermitKeys: readonly OtherPermitKey[]
  /** Keyed into every API key's digest, so that a stolen table verifies nothing. */
  keyPepper: Buffer
  /** 32 bytes; encrypts the keys that encrypt contents. */
  encryptionKey: Buffer
  /** Signs sign-in cookies. */
  sessionSecret: string
}>

type Environment = Readonly<Record<string, string | undefined>>

/** What keeps `suppliedSecrets` from succeeding: the variable and what is wrong with it. */
export function problemsWithSecrets(env: Environment): [string, string][] {
  const parsed = Supplied.safeParse(env)
  return (parsed.error?.issues ?? []).map((issue) => [issue.path.join("."), issue.message])
}

/**
 * With a database of one's own the secrets come from the environment, so that
 * every node has the same ones and none of them lives beside the data.
 */
export function suppliedSecrets(env: Environment): Secrets {
  const supplied = Supplied.parse(env)
  return {
    permitKey: supplied.DELTASEAL_PERMIT_KEY,
    otherPermitKeys: supplied.DELTASEAL_OTHER_PERMIT_KEYS,
    keyPepper: supplied.DELTASEAL_KEY_PEPPER,
    encryptionKey: supplied.DELTASEAL_ENCRYPTION_KEY,
    sessionSecret: supplied.DELTASEAL_SESSION_SECRET,
  }
}

/** The secrets of the embedded installation: made at the first start, in files only their owner can read. */
export async function keptSecrets(dataDir: string): Promise<Secrets> {
  const directory = await secretsDir(dataDir)
  const kept = (name: string, make: () => string) => keep(path.join(directory, name), make)

  return {
    permitKey: PrivateJwk.parse(
      JSON.parse(await kept("permit-key.json", () => JSON.stringify(newPermitKey()))),
    ),
    otherPermitKeys: OtherKeys.parse(
      JSON.parse((await readIfThere(path.join(directory, "other-permit-keys.json"))) ?? "[]"),
    ),
    keyPepper: Buffer.from(await kept("key-pepper", randomText), "base64url"),
    encryptionKey: Buffer.from(await kept("encryption-key", randomText), "base64url"),
    sessionSecret: await kept("session-secret", randomText),
  }
}

export type DatabasePasswords = Readonly<{ superuser: string; owner: string; app: string }>

export async function keptDatabasePasswords(dataDir: string): Promise<DatabasePasswords> {
  const directory = await secretsDir(dataDir)
  const make = () => JSON.stringify({ superuser: randomText(), owner: randomText(), app: randomText() })

  return Passwords.parse(JSON.parse(await keep(path.join(directory, "database.json"), make)))
}

const Passwords = z.object({ superuser: z.string(), owner: z.string(), app: z.string() })

const PrivateJwk = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  d: z.string(),
})

/** As `scripts/secrets.mjs` writes them. */
const OtherKeys = z.array(
  z.object({
    x: z.string().regex(/^[\w-]{43}$/),
    until: z.iso.datetime().transform((text) => new Date(text)),
  }),
)

const bytes = z
  .string("is missing (base64, 32 bytes)")
  .transform((text) => Buffer.from(text, "base64"))
  .refine((buffer) => buffer.length === 32, "must be 32 bytes in base64")

const Supplied = z.object({
  DELTASEAL_PERMIT_KEY: z.string("is missing (Ed25519 private key as JWK, or its base64)").transform(toJwk),
  DELTASEAL_OTHER_PERMIT_KEYS: z.string().default("").transform(toOtherKeys),
  DELTASEAL_KEY_PEPPER: bytes,
  DELTASEAL_ENCRYPTION_KEY: bytes,
  DELTASEAL_SESSION_SECRET: z
    .string("is missing (32 characters or more)")
    .min(32, "must have at least 32 characters"),
})

/** In base64 it fits in an environment file as it is: quotes mean something else to each reader of those. */
function toJwk(text: string, context: z.RefinementCtx): PrivateJwk {
  try {
    return PrivateJwk.parse(
      JSON.parse(text.startsWith("{") ? text : Buffer.from(text, "base64").toString("utf8")),
    )
  } catch {
    context.addIssue({ code: "custom", message: "must be an Ed25519 private key as JWK" })
    return z.NEVER
  }
}

function toOtherKeys(text: string, context: z.RefinementCtx): OtherPermitKey[] {
  if (text === "") return []
  try {
    return OtherKeys.parse(JSON.parse(Buffer.from(text, "base64").toString("utf8")))
  } catch {
    context.addIssue({ code: "custom", message: "must be what rotating the permit key has printed" })
    return z.NEVER
  }
}

async function secretsDir(dataDir: string): Promise<string> {
  const directory = path.join(dataDir, "secrets")
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
  return directory
}

/** Reads a secret, or makes it; whoever makes it first wins, and a full disk leaves none rather than half of one. */
async function keep(file: string, make: () => string): Promise<string> {
  const text = (await readIfThere(file)) ?? (await create(file, make()))
  if (text === "") throw new StartupError(`The secret ${file} is empty; restore it from where you keep it.`)
  return text
}

async function create(file: string, text: string): Promise<string> {
  const partial = `${file}.${randomBytes(6).toString("hex")}.partial`
  try {
    await writeFile(partial, text, { flag: "wx", mode: 0o600, flush: true })
    await link(partial, file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    })
  } finally {
    await rm(partial, { force: true })
  }
  return await readFile(file, "utf8")
}

async function readIfThere(file: string): Promise<string | undefined> {
  return await readFile(file, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  })
}

function randomText(): string {
  return randomBytes(32).toString("base64url")
}

function newPermitKey(): PrivateJwk {
  const { privateKey } = generateKeyPairSync("ed25519")
  return PrivateJwk.parse(privateKey.export({ format: "jwk" }))
}
