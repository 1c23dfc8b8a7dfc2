type Item = Readonly<{ approvalId: string; planId: string | null }>

/** One decision that waits or was made: about one change, or about those of a plan. */
export type InboxEntry<Of extends Item> =
  | Readonly<{ key: string; planId: null; item: Of }>
  | Readonly<{ key: string; planId: string; items: readonly [Of, ...Of[]] }>

/** Items with those of a plan together, where the first of them stands. */
export function inboxEntries<Of extends Item>(items: readonly Of[]): InboxEntry<Of>[] {
  const seen = new Set<string>()
  return items.flatMap((item): InboxEntry<Of>[] => {
    const { planId } = item
    if (planId === null) return [{ key: item.approvalId, planId, item }]
    if (seen.has(planId)) return []

    seen.add(planId)
    const others = items.filter((other) => other.planId === planId && other !== item)
    return [{ key: planId, planId, items: [item, ...others] }]
  })
}
