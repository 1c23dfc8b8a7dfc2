import { query } from "@/lib/operations/query"
import type { RunLimits } from "@/lib/policies/policy"
import type { Run } from "./run"
import { limitNames } from "./run-limits"

/** How much of what is limited a run has used, as far as it is counted: no limit, no count. */
export type RunUsage = Readonly<{ [Name in keyof RunLimits]?: number }>

/** What a run has used up, over all the slots that share out each of its limits. */
export const runUsage = query("run:read", async ({ db, now }, run: Run): Promise<RunUsage> => {
  const { tenantId, runId } = run
  const slots = await db.limitSlot.groupBy({
    by: ["scope"],
    where: { tenantId, runId },
    _sum: { used: true },
  })
  const used = new Map(slots.map(({ scope, _sum }) => [scope, Number(_sum.used ?? 0n)]))
  const open = [
    { status: "pending", expiresAt: { gt: now } },
    { status: "approved", useBy: { gt: now } },
  ]
  used.set(`run:${runId}:pendingApprovals`, await db.approval.count({ where: { tenantId, runId, OR: open } }))

  return Object.fromEntries(
    limitNames.flatMap((name) => {
      const amount = used.get(`run:${runId}:${name}`)
      return amount === undefined ? [] : [[name, amount]]
    }),
  )
})

export type RunTaint = Readonly<{
  at: string
  /** The tool whose call tainted it; null when whoever runs the agent said so. */
  by: Readonly<{ server: string; name: string }> | null
}>

/** Since when a run counts as one that has read what is not trusted, and by what. */
export const runTaint = query("run:read", async ({ db }, run: Run): Promise<RunTaint | null> => {
  const { tenantId, runId, taintedAt } = run
  if (taintedAt === null) return null

  const by = await db.toolCall.findFirst({
    where: { tenantId, runId, taints: true, requestedAt: { lte: taintedAt } },
    orderBy: { requestedAt: "asc" },
    select: { server: true, name: true },
  })
  return { at: taintedAt.toISOString(), by }
})
