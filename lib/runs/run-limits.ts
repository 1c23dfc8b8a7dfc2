import type { RunLimits } from "@/lib/policies/policy"

export const limitNames = [
  "toolCalls",
  "writes",
  "wallTimeSeconds",
  "outputBytes",
  "tokens",
  "pendingApprovals",
] as const

type Given = Readonly<{ [Name in keyof RunLimits]?: number | undefined }>

/** Both hold: of two numbers for the same the lower one. */
export function lowerLimits(one: Given, other: Given): RunLimits {
  return Object.fromEntries(
    limitNames.flatMap((name) => {
      const given = [one[name], other[name]].filter((limit) => limit !== undefined)
      return given.length === 0 ? [] : [[name, Math.min(...given)]]
    }),
  )
}
