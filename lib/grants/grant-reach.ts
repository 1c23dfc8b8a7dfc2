import type { PolicyRule } from "@/lib/policies/policy"
import { fitsName } from "@/lib/policies/wildcard"
import type { Environment } from "@/lib/tools/tool"

type ReachedTool = Readonly<{ server: string; name: string }>

type ReachedRun = Readonly<{ environment: Environment; workflow: string; step: string | null }>

/** Whether a rule can be about calls of a tool. */
export function reachesTool({ match = {} }: PolicyRule, { server, name }: ReachedTool): boolean {
  return fitsAny(match.server, server) && fitsAny(match.tool, name)
}

/** Whether a rule can be about calls of a run that may use these tools. */
export function reachesRun(rule: PolicyRule, run: ReachedRun, tools: readonly ReachedTool[]): boolean {
  const { environment, workflow, step } = rule.match ?? {}

  return (
    (environment === undefined || environment.includes(run.environment)) &&
    fitsAny(workflow, run.workflow) &&
    (step === undefined || (run.step !== null && fitsAny(step, run.step))) &&
    tools.some((tool) => reachesTool(rule, tool))
  )
}

function fitsAny(patterns: readonly string[] | undefined, name: string): boolean {
  return patterns === undefined || patterns.some((pattern) => fitsName(pattern, name))
}
