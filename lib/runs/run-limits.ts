import type { RunLimits } from "@/lib/policies/policy"

type Given = Readonly<{ [Name in keyof RunLimits]?: number | undefined }>

/** Both hold: of two numbers for the same the lower one. */
export function lowerLimits(one: Given, other: Given): RunLimits {
  const names = ["toolCalls", "writes", "wallTimeSeconds", "outputBytes", "tokens"] as const

  return Object.fromEntries(
    names.flatMap((name) => {
      const given = [one[name], other[name]].filter((limit) => limit !== undefined)
      return given.length === 0 ? [] : [[name, Math.min(...given)]]
    }),
  )
}
