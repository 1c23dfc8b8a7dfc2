import type { PersonActor } from "@/lib/access/actor"
import { inTenant } from "@/lib/db/tenant-db"
import { runtime } from "@/lib/env/runtime"
import type { CompiledPolicy } from "@/lib/policies/compile-policy"
import { policyInForce } from "@/lib/policies/policies.service"
import { findPolicyVersion } from "./runs.repo"
import { sharedUsage, type SharedUsage } from "./shared-usage.queries"

/** A limit that a run shares with its client's other runs, and how much of it is used now. */
export type SharedLimit = Readonly<{
  name: "pendingApprovals" | "pendingForEach" | "messagesPerDay" | "perMinute"
  /** `server/name`; null for limits of the client. */
  tool: string | null
  /** Of `pendingForEach` what it comes to for all who decide. */
  limit: number
  used: number
}>

type LimitedRun = Readonly<{
  tenantId: string
  tools: readonly Readonly<{ server: string; name: string }>[]
}>

/** What the policy in force limits beside the run itself, as far as it says so; nothing where it cannot be read. */
export async function sharedLimits(
  actor: PersonActor,
  { tenantId, tools }: LimitedRun,
): Promise<SharedLimit[]> {
  try {
    const policy = await policyInForce(tenantId, await inTenant(tenantId, findPolicyVersion))
    const limits = limitsIn(policy, tools)
    if (limits.length === 0) return []
    const usage = await sharedUsage(actor, {
      tenantId,
      tools: limits.flatMap(({ tool }) => tool ?? []),
      isForEach: limits.some(({ name }) => name === "pendingForEach"),
    })

    return limits.map((limit) => withUsage(limit, usage))
  } catch (error) {
    runtime().logger.warn({ err: error }, "what is used of the client's limits cannot be had")
    return []
  }
}

function withUsage(limit: Omit<SharedLimit, "used">, usage: SharedUsage): SharedLimit {
  switch (limit.name) {
    case "perMinute":
      return { ...limit, used: usage.perMinute.get(limit.tool ?? "") ?? 0 }
    case "pendingForEach":
      return { ...limit, limit: limit.limit * Math.max(1, usage.people ?? 1), used: usage.pendingApprovals }
    case "pendingApprovals":
    case "messagesPerDay":
      return { ...limit, used: usage[limit.name] }
  }
}

/** What the document says; what holds where it is silent is no news. */
function limitsIn(
  { document, forTool }: CompiledPolicy,
  tools: LimitedRun["tools"],
): Omit<SharedLimit, "used">[] {
  const { pendingApprovals, messagesPerDay } = document.limits?.tenant ?? {}
  const names = [...new Map(tools.map((tool) => [`${tool.server}/${tool.name}`, tool]))]

  return [
    { name: "pendingApprovals" as const, tool: null, limit: pendingApprovals },
    {
      name: "pendingForEach" as const,
      tool: null,
      limit: document.limits?.reviewer?.pendingApprovals,
    },
    { name: "messagesPerDay" as const, tool: null, limit: messagesPerDay },
    ...names.map(([tool, { server, name }]) => ({
      name: "perMinute" as const,
      tool,
      limit: lowest((forTool(server, name).limits.tools ?? []).map(({ perMinute }) => perMinute)),
    })),
  ].flatMap(({ limit, ...of }) => (limit === undefined ? [] : [{ ...of, limit }]))
}

function lowest(limits: readonly (number | undefined)[]): number | undefined {
  const given = limits.filter((limit) => limit !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}
