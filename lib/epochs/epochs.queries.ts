import type { PersonActor } from "@/lib/access/actor"
import { query } from "@/lib/operations/query"
import { toldDays } from "./epoch"
import type { EpochNotice } from "./epoch-notice"

/** Epochs that began a few days ago and that nobody has dismissed, the latest first. */
export const epochNotices: (actor: PersonActor) => Promise<readonly EpochNotice[]> = (actor) =>
  readNotices(actor, undefined)

const readNotices = query("tenant:change", async ({ db, now }): Promise<EpochNotice[]> => {
  const rows = await db.epochStart.groupBy({
    by: ["number"],
    where: { dismissedAt: null, startedAt: { gt: new Date(now.getTime() - toldDays * 86_400_000) } },
    _sum: { cancelled: true, closedRuns: true },
    _max: { startedAt: true },
    orderBy: { number: "desc" },
  })

  return rows.map(({ number, _sum, _max }) => ({
    number,
    startedAt: (_max.startedAt ?? now).toISOString(),
    cancelled: _sum.cancelled ?? 0,
    closedRuns: _sum.closedRuns ?? 0,
  }))
})
