import { grantScope, type GrantUse } from "@/lib/policies/grant"
import type { PolicyLimits } from "@/lib/policies/policy"

/**
 * One limit that a call is held to where it is recorded. `count` is taken from
 * the window, or from the whole run where there is none; `sum` was added up by
 * outcomes; `time` is how many seconds the run may be open; `uses` are a
 * grant's, whatever the run.
 */
export type CallLimit = Readonly<{
  /** Where it stands in a policy: `run.toolCalls`. */
  name: string
  kind: "count" | "sum" | "time" | "uses"
  scope: string
  limit: number
  count: number
  windowSeconds: number | null
  runId: string | null
}>

/** What the limit on the uses of a grant is called when it is reached. */
export const grantLimit = "grant.maxUses"

type LimitedCall = Readonly<{
  runId: string
  server: string
  name: string
  isWrite: boolean
  messages: number
  /** The grant that lets it through. */
  grant: GrantUse | null
}>

/**
 * The limits that one call is held to, in the order of their scopes: whoever
 * takes from several takes in the same order, so that nobody waits in a circle.
 */
export function callLimits(call: LimitedCall, { tools, tenant, run }: PolicyLimits): CallLimit[] {
  const { runId, server, name } = call
  const perMinute = lowest((tools ?? []).map((limit) => limit.perMinute))
  const wanted = [
    ofRun(runId, "toolCalls", "count", run?.toolCalls),
    call.isWrite ? ofRun(runId, "writes", "count", run?.writes) : null,
    ofRun(runId, "wallTime", "time", run?.wallTimeSeconds),
    ofRun(runId, "outputBytes", "sum", run?.outputBytes),
    ofRun(runId, "tokens", "sum", run?.tokens),
    windowed("tools.perMinute", `tool:${server}/${name}:calls`, perMinute, { seconds: 60, count: 1 }),
    windowed("tenant.messagesPerDay", "tenant:messages", tenant?.messagesPerDay, {
      seconds: 86_400,
      count: call.messages,
    }),
    call.grant === null ? null : takenUse(call.grant),
  ]

  return wanted.filter((limit) => limit !== null).toSorted(byScope)
}

/** The limits that several calls of one tenant are held to together, each once, in the order of their scopes. */
export function limitsTogether(calls: readonly (readonly CallLimit[])[]): CallLimit[] {
  const together = new Map<string, CallLimit>()
  for (const limit of calls.flat()) {
    const earlier = together.get(limit.scope)
    together.set(limit.scope, { ...limit, count: limit.count + (earlier?.count ?? 0) })
  }

  return [...together.values()].toSorted(byScope)
}

function takenUse(grant: GrantUse): CallLimit {
  return {
    name: grantLimit,
    kind: "uses",
    scope: grantScope(grant),
    limit: grant.maxUses,
    count: 1,
    windowSeconds: null,
    runId: null,
  }
}

function ofRun(
  runId: string,
  name: string,
  kind: CallLimit["kind"],
  limit: number | undefined,
): CallLimit | null {
  if (limit === undefined) return null

  return {
    name: `run.${name}`,
    kind,
    scope: `run:${runId}:${name}`,
    limit,
    count: 1,
    windowSeconds: null,
    runId,
  }
}

function windowed(
  name: string,
  scope: string,
  limit: number | undefined,
  { seconds, count }: Readonly<{ seconds: number; count: number }>,
): CallLimit | null {
  if (limit === undefined || count === 0) return null

  return { name, kind: "count", scope, limit, count, windowSeconds: seconds, runId: null }
}

function lowest(limits: readonly (number | undefined)[]): number | undefined {
  const given = limits.filter((limit) => limit !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}

function byScope(one: CallLimit, other: CallLimit): number {
  if (one.scope === other.scope) return 0
  return one.scope < other.scope ? -1 : 1
}
