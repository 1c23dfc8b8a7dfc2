import { statusAt, type StoredStatus } from "@/lib/approvals/approval-summary"
import { tiers } from "@/lib/tools/tool"
import { planStatusOf, type FreeCall } from "./plan"
import type { Plan } from "./plan.schema"

/** A plan's row with what its view is made from; items in the order of their calls. */
export type PlanSource = Readonly<{
  planId: string
  tenantId: string
  runId: string
  planHash: string
  agentReason: string | null
  useWithinSeconds: number
  free: unknown
  createdAt: Date
  items: readonly ItemSource[]
}>

type ItemSource = StoredStatus &
  Readonly<{
    approvalId: string
    planIndex: number | null
    changeHash: string
    call: Readonly<{
      server: string
      name: string
      version: string
      tier: string | null
      change: Readonly<{ sentence: string; effects: string[]; flags: string[] }> | null
    }>
  }>

/** A plan as every caller sees it. */
export function toPlanView(row: PlanSource, origin: string, now: Date): Plan {
  const items = row.items.map((item) => toItem(item, origin, now))
  const waiting = items.filter(({ status }) => status === "pending")
  const times = (waiting.length > 0 ? waiting : items).map(({ expiresAt }) => expiresAt)

  return {
    planId: row.planId,
    tenantId: row.tenantId,
    runId: row.runId,
    planHash: row.planHash,
    status: planStatusOf(items.map(({ status }) => status)),
    reason: row.agentReason,
    createdAt: row.createdAt.toISOString(),
    expiresAt: times.toSorted()[0] ?? row.createdAt.toISOString(),
    useWithinSeconds: row.useWithinSeconds,
    items,
    free: [...(row.free as readonly FreeCall[])],
    reviewUrl: `${origin}/plans/${row.planId}`,
  }
}

function toItem(item: ItemSource, origin: string, now: Date): Plan["items"][number] {
  const { server, name, version, tier, change } = item.call

  return {
    index: item.planIndex ?? 0,
    approvalId: item.approvalId,
    changeHash: item.changeHash,
    status: statusAt(item, now),
    tool: { server, name, version },
    tier: tiers.find((known) => known === tier) ?? "T4_IDENTITY_MONEY_OUTBOUND",
    sentence: change?.sentence ?? "",
    effects: change?.effects ?? [],
    flags: change?.flags ?? [],
    expiresAt: item.expiresAt.toISOString(),
    useBy: item.useBy?.toISOString() ?? null,
    reviewUrl: `${origin}/approvals/${item.approvalId}`,
  }
}
