import type { ApprovalSummary } from "@/lib/approvals/approval.schema"

export type InboxGroup<Item> = Readonly<{
  key: string
  tenantName: string
  runId: string
  run: ApprovalSummary["run"]
  items: readonly Item[]
}>

/** Items by tenant and run; what expires soonest rises, within a run, among the runs and among the tenants. */
export function inboxGroups<Item extends ApprovalSummary>(items: readonly Item[]): InboxGroup<Item>[] {
  const soonest = [...items].sort((a, b) => a.expiresAt.localeCompare(b.expiresAt))

  return groupBy(soonest, (item) => item.tenantId).flatMap((ofTenant) =>
    groupBy(ofTenant, (item) => item.runId).flatMap((ofRun) => {
      const [first] = ofRun
      if (!first) return []
      const { tenantName, runId, run } = first
      return [{ key: runId, tenantName, runId, run, items: ofRun }]
    }),
  )
}

/** In the order in which each group's first item comes. */
function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return [...groups.values()]
}
