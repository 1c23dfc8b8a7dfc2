import { query } from "@/lib/operations/query"

type Asked = Readonly<{ tenantId: string; tools: readonly string[]; isForEach: boolean }>

export type SharedUsage = Readonly<{
  pendingApprovals: number
  /** How many decide there; null where no limit asks. */
  people: number | null
  messagesPerDay: number
  /** Calls of each tool in this minute, by `server/name`. */
  perMinute: ReadonlyMap<string, number>
}>

const [minuteMs, dayMs] = [60_000, 86_400_000]

/** How much of what a client's runs share is used in the minute and the day that it is. */
export const sharedUsage = query("run:read", async ({ db, now }, asked: Asked): Promise<SharedUsage> => {
  const { tenantId, tools, isForEach } = asked
  const scopes = new Map(tools.map((tool) => [`tool:${tool}:calls`, tool]))
  const slots = await db.limitSlot.groupBy({
    by: ["scope"],
    where: {
      tenantId,
      OR: [
        { scope: "tenant:messages", windowStart: windowOf(now, dayMs) },
        { scope: { in: [...scopes.keys()] }, windowStart: windowOf(now, minuteMs) },
      ],
    },
    _sum: { used: true },
  })
  const used = slots.map(({ scope, _sum }) => [scope, Number(_sum.used ?? 0n)] as const)
  // A place is given back when an approval leaves these states, not when its time is up.
  const places = { tenantId, place: { not: null }, status: { in: ["pending", "approved"] } }

  const [decide] = isForEach
    ? await db.$queryRaw<{ people: number }[]>`SELECT people_who_decide(${tenantId}) AS people`
    : []

  return {
    people: decide?.people ?? null,
    pendingApprovals: await db.approval.count({ where: places }),
    messagesPerDay: used.find(([scope]) => scope === "tenant:messages")?.[1] ?? 0,
    perMinute: new Map(used.flatMap(([scope, count]) => [[scopes.get(scope) ?? scope, count] as const])),
  }
})

/** Where the window that a time is in begins, as the database counts them: from 1970 on. */
function windowOf(now: Date, lengthMs: number): Date {
  return new Date(Math.floor(now.getTime() / lengthMs) * lengthMs)
}
