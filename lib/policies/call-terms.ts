import type { Tier } from "@/lib/tools/tool"
import type { PolicyLimits } from "./policy"

/** What of the limits the guard keeps, while a call runs; null = nothing is said. */
export type CallTerms = Readonly<{ timeoutSeconds: number | null; outputBytes: number | null }>

/** How long what a tool of T3 starts may run where the policy does not say (SPEC 3.2). */
export const executeTimeoutSeconds = 300

/** @param limits those that concern the tool: of several that say the same, the lowest holds */
export function callTerms({ tools = [] }: PolicyLimits, tier: Tier | null): CallTerms {
  const lowest = (values: readonly (number | undefined)[]) => {
    const said = values.filter((value) => value !== undefined)
    return said.length === 0 ? null : Math.min(...said)
  }
  const timeoutSeconds = lowest(tools.map((limit) => limit.timeoutSeconds))

  return {
    timeoutSeconds: timeoutSeconds ?? (tier === "T3_EXECUTE" ? executeTimeoutSeconds : null),
    outputBytes: lowest(tools.map((limit) => limit.outputBytes)),
  }
}
