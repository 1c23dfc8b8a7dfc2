import { canonicalize, parseStrictJson, sha256Hex, type JsonValue } from "@deltaseal/guard/change"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { compilePolicy, type CompiledPolicy } from "./compile-policy"
import { findPolicy, versionInForce } from "./policies.repo"
import { builtInPolicy, type PolicyDocument } from "./policy"
import { readPolicy, writePolicy } from "./policy-text"

/** What holds until a tenant publishes; it has no row. */
export const builtInVersion = 1

/** A policy with what is stored of it. */
export type KnownPolicy = Readonly<{ version: number; document: PolicyDocument; text: string }>

/** @throws AppError `policy_unavailable` when it is missing, not what was published, or from a newer version of ours */
export async function requirePolicy(db: TenantDb, version: number): Promise<KnownPolicy> {
  if (version === builtInVersion) {
    return { version, document: builtInPolicy, text: writePolicy(builtInPolicy) }
  }

  const stored = await findPolicy(db, version)
  if (stored === null) throw unavailable(`Version ${version} of the policy is missing.`)
  return { version, document: openDocument(stored), text: stored.text }
}

/** The version in force of the tenant that this transaction is bound to; null without one. */
export function versionNow(db: TenantDb): Promise<number | null> {
  return versionInForce(db)
}

type Sealed = Readonly<{ version: number; document: Uint8Array; digest: string }>

/** @throws AppError `policy_unavailable` */
export function openDocument(stored: Sealed): PolicyDocument {
  return openCompiled(stored).document
}

/**
 * A stored document, ready to be asked. What it says is believed only if it is
 * the bytes that were published and this version of ours writes it the same.
 *
 * @throws AppError `policy_unavailable`
 */
export function openCompiled({ version, document: bytes, digest }: Sealed): CompiledPolicy {
  if (sha256Hex(bytes) !== digest)
    throw unavailable(`Version ${version} of the policy is not what was published.`)
  const value = parsed(bytes, version)
  if (layoutOf(value) !== builtInPolicy.version) {
    throw unavailable(`Version ${version} of the policy was written by a newer Deltaseal.`)
  }

  try {
    const read = readPolicy(writePolicy(value as unknown as PolicyDocument))
    if (read.ok && policyBytes(read.document).equals(bytes)) return compilePolicy(read.document)
  } catch (cause) {
    throw unavailable(`Version ${version} of the policy cannot be read.`, cause)
  }
  throw unavailable(`Version ${version} of the policy cannot be read.`)
}

/** The canonical form, by whose bytes a policy is stored and compared. */
export function policyBytes(document: PolicyDocument): Buffer {
  return Buffer.from(canonicalize(document as unknown as JsonValue))
}

function parsed(bytes: Uint8Array, version: number): JsonValue {
  try {
    return parseStrictJson(bytes)
  } catch (cause) {
    throw unavailable(`Version ${version} of the policy cannot be read.`, cause)
  }
}

function layoutOf(value: JsonValue): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value["version"] : undefined
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError("policy_unavailable", message, { cause })
}
