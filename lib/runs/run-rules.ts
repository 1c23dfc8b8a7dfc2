import type { Run } from "./run"
import { limitNames } from "./run-limits"
import type { RunUsage } from "./run-usage.queries"
import type { RunView } from "./run.schema"

export type RunLimit = Readonly<{
  name: (typeof limitNames)[number]
  limit: number
  /** Null when nobody counts any more: what a run has used is forgotten when it closes. */
  used: number | null
}>

export type RunRules = Readonly<{
  limits: readonly RunLimit[]
  /** Whether the run named tools when it was opened; else it gets all that may be used. */
  isNamed: boolean
  allowed: readonly Readonly<Pick<RunView["allowedTools"][number], "server" | "name" | "version" | "tier">>[]
  /** Asked for, as `server/name`, and not to be had: unknown, not accepted, suspended or not allowed there. */
  refused: readonly string[]
}>

/** What a run is held to, and how far it is from it. */
export function runRules(run: Run, view: RunView, usage: RunUsage, now: Date): RunRules {
  const allowed = view.allowedTools.map(({ server, name, version, tier }) => ({
    server,
    name,
    version,
    tier,
  }))
  const names = new Set(allowed.map(({ server, name }) => `${server}/${name}`))

  return {
    limits: limitNames.flatMap((name) => {
      const limit = view.limits[name]
      return limit === undefined ? [] : [{ name, limit, used: usedOf(run, usage, name, now) }]
    }),
    isNamed: run.toolsLimited,
    allowed,
    refused: run.toolsLimited ? run.requestedTools.filter((tool) => !names.has(tool)) : [],
  }
}

function usedOf(run: Run, usage: RunUsage, name: RunLimit["name"], now: Date): number | null {
  if (name === "wallTimeSeconds") {
    return Math.floor(((run.closedAt ?? now).getTime() - run.openedAt.getTime()) / 1_000)
  }
  return run.status === "open" ? (usage[name] ?? 0) : null
}
