import type { RunLimits } from "@/lib/policies/policy"
import type { Environment } from "@/lib/tools/tool"

export type RunStatus = "open" | "closed"

/** One execution of an agent workflow, as stored. */
export type Run = Readonly<{
  runId: string
  tenantId: string
  environment: Environment
  workflow: string
  step: string | null
  status: RunStatus
  actorAgent: string
  actorModel: string | null
  operatorId: string
  keyId: string
  requestedTools: readonly string[]
  toolsLimited: boolean
  openedAt: Date
  closedAt: Date | null
  /** When the run first read what is not trusted. */
  taintedAt: Date | null
  /** What it asked to be held to when it was opened. */
  limits: RunLimits
}>

/** Whether a run may use a tool at all: it asked for it, or it asked for nothing in particular. */
export function isInRun(
  run: Pick<Run, "requestedTools" | "toolsLimited">,
  tool: Readonly<{ server: string; name: string }>,
): boolean {
  return !run.toolsLimited || run.requestedTools.includes(`${tool.server}/${tool.name}`)
}
