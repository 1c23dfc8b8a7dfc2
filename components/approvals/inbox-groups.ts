import type { ApprovalSummary } from "@/lib/approvals/approval.schema"

export type InboxGroup<Item> = Readonly<{
  key: string
  tenantName: string
  runId: string
  run: ApprovalSummary["run"]
  items: readonly Item[]
}>

/** Items by tenant and run, what expires soonest first, both within a group and among the groups. */
export function inboxGroups<Item extends ApprovalSummary>(items: readonly Item[]): InboxGroup<Item>[] {
  const soonest = [...items].sort((a, b) => a.expiresAt.localeCompare(b.expiresAt))
  const groups = new Map<string, Item[]>()
  for (const item of soonest) {
    const group = groups.get(item.runId)
    if (group) group.push(item)
    else groups.set(item.runId, [item])
  }

  return [...groups.entries()].flatMap(([runId, [first, ...others]]) =>
    first
      ? [{ key: runId, tenantName: first.tenantName, runId, run: first.run, items: [first, ...others] }]
      : [],
  )
}
