import type { PolicyRule, RuleMatch } from "./policy"

/** The members of `match` by which rules outrank each other, the most important first (see specificity.ts). */
const ranked = ["tool", "server", "step", "workflow", "environment", "tier"] as const

/** Whether one call could be about both rules and find neither more specific, so that the stricter decides. */
export function canTie(one: PolicyRule, other: PolicyRule): boolean {
  return canMeet(one, other) && rankOrder(one, other) !== "above" && rankOrder(one, other) !== "below"
}

/** Whether a call that is about both could be decided by the other one because it is more specific. */
export function canBeOutranked(rule: PolicyRule, other: PolicyRule): boolean {
  return canMeet(rule, other) && rankOrder(rule, other) !== "above"
}

/** False only where no name is in both lists: what has a pattern may meet anything. */
function canMeet(one: PolicyRule, other: PolicyRule): boolean {
  return ranked.every((name) => {
    const [a, b] = [valuesOf(one, name), valuesOf(other, name)]
    if (a === undefined || b === undefined) return true
    return [...a, ...b].some(isPattern) || a.some((value) => b.includes(value))
  })
}

/** How the first rule ranks for every call that is about both; `open` where calls differ. */
function rankOrder(one: PolicyRule, other: PolicyRule): "above" | "below" | "same" | "open" {
  for (const name of ranked) {
    const [a, b] = [nearness(valuesOf(one, name)), nearness(valuesOf(other, name))]
    if (a.least > b.most) return "above"
    if (a.most < b.least) return "below"
    if (a.least !== a.most || b.least !== b.most) return "open"
  }
  const [a, b] = [one, other].map(({ when }) => (when === undefined ? 0 : 1))
  if (a === b || a === undefined || b === undefined) return "same"
  return a > b ? "above" : "below"
}

/** Between what and what a rule can be near to a call, as its specificity counts it. */
function nearness(values: readonly string[] | undefined): Readonly<{ least: number; most: number }> {
  if (values === undefined) return { least: 0, most: 0 }

  return { least: values.some(isPattern) ? 1 : 2, most: values.every(isPattern) ? 1 : 2 }
}

function valuesOf({ match }: PolicyRule, name: keyof RuleMatch): readonly string[] | undefined {
  return match?.[name]
}

function isPattern(value: string): boolean {
  return value.includes("*")
}
