import type { JsonValue } from "@deltaseal/guard/change"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { compareStrictness } from "./loosening"
import type { PolicyDocument } from "./policy"
import { builtInVersion, policyBytes, requirePolicy, type KnownPolicy } from "./stored-policy.service"

/** What putting a policy in force would do to the one that is. */
export type Judgement = Readonly<{
  /** The document in force; null when it cannot be read. */
  before: JsonValue
  isSame: boolean
  loosens: readonly string[]
  tightens: readonly string[]
  needsSecondPerson: boolean
}>

const unreadable = "The policy in force cannot be read, so every call is denied: any other one loosens it."

/** Compares with the version in force, whose number the caller has read in this transaction. */
export async function judge(
  db: TenantDb,
  inForce: number,
  { document, text }: Readonly<{ document: PolicyDocument; text: string }>,
): Promise<Judgement> {
  return judgeAgainst(await readable(db, inForce), inForce, { document, text })
}

/** The same against a policy that was read before; null is one that cannot be read. */
export function judgeAgainst(
  known: KnownPolicy | null,
  inForce: number,
  { document, text }: Readonly<{ document: PolicyDocument; text: string }>,
): Judgement {
  if (known === null) {
    return { before: null, isSame: false, loosens: [unreadable], tightens: [], needsSecondPerson: true }
  }

  const { loosens, tightens } = compareStrictness(known.document, document)
  const isSameDocument = policyBytes(known.document).equals(policyBytes(document))
  return {
    before: known.document as unknown as JsonValue,
    isSame: isSameDocument && known.text === text,
    loosens,
    tightens,
    needsSecondPerson: inForce !== builtInVersion && loosens.length > 0,
  }
}

/** A policy that is broken must still be replaced by somebody. */
async function readable(db: TenantDb, version: number): Promise<KnownPolicy | null> {
  try {
    return await requirePolicy(db, version)
  } catch (error) {
    if (error instanceof AppError && error.code === "policy_unavailable") return null
    throw error
  }
}
