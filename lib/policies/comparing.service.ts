import type { JsonValue } from "@deltaseal/guard/change"
import { AppError } from "@/lib/errors/app-error"
import type { FieldText } from "@/lib/changes/field-rows"
import { judgeAgainst, type Judgement } from "./judging.service"
import { builtInPolicy, type PolicyDocument } from "./policy"
import { diffPolicies } from "./policy-diff"
import { writePolicy } from "./policy-text"
import { builtInVersion, openDocument, type KnownPolicy } from "./stored-policy.service"

type Sealed = Readonly<{ version: number; document: Uint8Array; digest: string; text: string }>

/** What one policy would change of another. */
export type Compared = Readonly<{ judged: Judgement; diff: readonly FieldText[] }>

/** A version as it is stored, which the built-in one is not; null where it cannot be read. */
export function knownPolicy(version: number, stored: Sealed | null): KnownPolicy | null {
  if (version === builtInVersion) {
    return { version, document: builtInPolicy, text: writePolicy(builtInPolicy) }
  }
  if (stored === null) return null

  try {
    return { version, document: openDocument(stored), text: stored.text }
  } catch (error) {
    if (error instanceof AppError && error.code === "policy_unavailable") return null
    throw error
  }
}

/** Compares with a policy in force; null is one that cannot be read. */
export function comparePolicies(
  inForce: Readonly<{ version: number; known: KnownPolicy | null }>,
  next: Readonly<{ document: PolicyDocument; text: string }>,
): Compared {
  const judged = judgeAgainst(inForce.known, inForce.version, next)

  return { judged, diff: diffPolicies(judged.before, next.document as unknown as JsonValue) }
}

type Place = Readonly<{ hasSecondPerson: boolean; hasOpenProposal: boolean }>

/** What a change would mean in a client. */
export function effectIn({ hasSecondPerson, hasOpenProposal }: Place, { judged, diff }: Compared) {
  const { loosens, tightens, needsSecondPerson } = judged
  const waits = hasSecondPerson ? ("second_person" as const) : ("after_notice" as const)

  return {
    diff: [...diff],
    loosens: [...loosens],
    tightens: [...tightens],
    needsSecondPerson,
    takesEffect: needsSecondPerson ? waits : ("at_once" as const),
    hasOpenProposal,
  }
}
