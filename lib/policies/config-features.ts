import type { ConfigFeature } from "@deltaseal/guard/config"
import type { CompiledPolicy } from "./compile-policy"
import type { PolicyRule } from "./policy"

/**
 * What a policy might let a tool's configs use: known before there is a change
 * for conditions to look at, so it is the most that any rule about the tool
 * allows. Evaluating then holds the change to the rules that apply.
 */
export function possibleConfigFeatures(
  policy: CompiledPolicy,
  server: string,
  tool: string,
): Set<ConfigFeature> {
  return new Set(policy.forTool(server, tool).rules.flatMap(({ rule }) => rule.configFeatures ?? []))
}

/** What every one of these rules that says anything allows; nothing when none does. */
export function sharedFeatures(rules: readonly PolicyRule[]): ReadonlySet<ConfigFeature> {
  const [first, ...others] = rules.flatMap(({ configFeatures }) =>
    configFeatures === undefined ? [] : [configFeatures],
  )
  return new Set(first?.filter((feature) => others.every((list) => list.includes(feature))))
}
