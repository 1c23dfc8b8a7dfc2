import type { CompiledRule } from "./compile-policy"
import type { PolicyFacts } from "./policy-facts"
import type { RuleEffect } from "./policy"

/** How strict each effect is. Of what a tier asks for, nobody asks for less than nothing or more than approval. */
export const strictness: Readonly<Record<RuleEffect, number>> = {
  allow: 0,
  tier_default: 1,
  require_approval: 2,
  deny: 3,
}

/**
 * The most specific of the rules that apply: by tool, server, step, workflow,
 * environment, tier, then whether there is a condition; among equals the
 * strictest, then the first in the document.
 */
export function mostSpecific(rules: readonly CompiledRule[], facts: PolicyFacts): CompiledRule | null {
  let best: CompiledRule | null = null
  let bestRank = -1
  for (const rule of rules) {
    const rank = rankOf(rule, facts)
    if (rank <= bestRank) continue
    best = rule
    bestRank = rank
  }
  return best
}

/** One number, the most important place first; each place is 0, 1 or 2, the last 0 to 3. */
function rankOf({ rule, condition }: CompiledRule, { tool, run }: PolicyFacts): number {
  const { match = {}, effect } = rule
  const places = [
    nearness(match.tool, tool.name),
    nearness(match.server, tool.server),
    nearness(match.step, run.step),
    nearness(match.workflow, run.workflow),
    match.environment === undefined ? 0 : 1,
    match.tier === undefined ? 0 : 1,
    condition === null ? 0 : 1,
  ]
  return places.reduce((rank, place) => rank * 3 + place, 0) * 4 + strictness[effect]
}

/** 2: by its very name, 1: by a pattern, 0: like any other. */
function nearness(patterns: readonly string[] | undefined, name: string | null): number {
  if (patterns === undefined) return 0
  return name !== null && patterns.includes(name) ? 2 : 1
}
