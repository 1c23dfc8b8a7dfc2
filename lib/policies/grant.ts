import type { PolicyRule, RuleGrant } from "./policy"
import type { ChangeFacts, PolicyFacts } from "./policy-facts"
import { restrictionsOf } from "./restrictions"

/** A grant, by what a use of it is counted under: whatever else of the policy changes, its uses stay. */
export type GrantUse = Readonly<{ rule: string; from: string; maxUses: number }>

/** The most that a grant may say. */
export const grantUsesMax = 1_000
export const grantDaysMax = 30

/**
 * Why a grant is not about a call, in a sentence; null when it is. A grant's
 * paths, fields and recipients say what it is for, where another rule's forbid:
 * what is outside of them is decided as if the grant were not there.
 */
export function outsideGrant(rule: PolicyRule, grant: RuleGrant, facts: PolicyFacts): string | null {
  if (!(facts.now < Date.parse(grant.until))) return `It ended at ${grant.until}.`
  if (facts.spentGrants?.includes(rule.name) === true) return `Its ${grant.maxUses} uses are spent.`
  const { change } = facts
  if (change === null) return "It is about changes, and this call makes none."
  if (!change.ops.every((op) => grant.ops.includes(op))) return `It is only for: ${grant.ops.join(", ")}.`
  const open = change.kinds.find((kind) => !isBounded(rule, kind))
  if (open !== undefined) return `It does not bound changes of the kind ${open}.`

  return restrictionsOf(rule, facts).flatMap(({ reasons }) => reasons)[0]?.message ?? null
}

/** Of commands and plain calls no part can be named that would bound them, so no grant is about them. */
function isBounded(
  { paths, patchPaths, recipients }: PolicyRule,
  kind: ChangeFacts["kinds"][number],
): boolean {
  switch (kind) {
    case "file":
      return paths?.allow !== undefined
    case "record":
    case "config":
      return patchPaths?.allow !== undefined
    case "message":
      return recipients?.addresses !== undefined
    case "command":
    case "call":
      return false
  }
}

/** The limit that the uses of a grant are counted under. */
export function grantScope({ rule, from }: GrantUse): string {
  return `grant:${rule}:${from}`
}
