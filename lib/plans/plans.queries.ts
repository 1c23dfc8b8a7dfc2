import { runsOf, type Actor } from "@/lib/access/actor"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import type { PlanStatus } from "./plan"
import type { Plan, PlanListQuery } from "./plan.schema"
import { toPlanView } from "./plan.view"

const pageSize = 20

/** A plan by its id, in whichever tenant the actor may see. Reading it authorises nothing. */
export const getPlan: (actor: Actor, planId: string) => Promise<Plan> = query(
  "plan:read",
  async ({ actor, db, now }, planId: string) => {
    const row = await db.plan.findFirst({ where: { planId, run: runsOf(actor) }, include: withItems })
    if (row === null) throw new AppError("not_found")

    return toPlanView(row, runtime().config.origin, now)
  },
)

/** Plans newest first, a page at a time. The cursor is the last id of the page before. */
export const listPlans: (
  actor: Actor,
  filter: PlanListQuery,
) => Promise<{ items: Plan[]; nextCursor: string | null }> = query(
  "plan:read",
  async ({ actor, db, now }, { runId, tenantId, status, cursor }: PlanListQuery) => {
    const rows = await db.plan.findMany({
      where: {
        run: runsOf(actor),
        ...(runId === undefined ? {} : { runId }),
        ...(tenantId === undefined ? {} : { tenantId }),
        ...(cursor === undefined ? {} : { planId: { lt: cursor } }),
        ...(status === undefined ? {} : whereStatus(status, now)),
      },
      orderBy: { planId: "desc" },
      take: pageSize + 1,
      include: withItems,
    })
    const page = rows.slice(0, pageSize)

    return {
      items: page.map((row) => toPlanView(row, runtime().config.origin, now)),
      nextCursor: rows.length > pageSize ? (page.at(-1)?.planId ?? null) : null,
    }
  },
)

const withItems = {
  items: {
    orderBy: { planIndex: "asc" },
    include: { call: { include: { change: { select: { sentence: true, effects: true, flags: true } } } } },
  },
} as const

/** The same rule as `planStatusOf`, in the order in which it asks. */
function whereStatus(status: PlanStatus, now: Date): object {
  const asked = [
    ["pending", { status: "pending", expiresAt: { gt: now } }],
    ["approved", { status: "approved", useBy: { gt: now } }],
    ["done", { status: "consumed" }],
    ["denied", { status: "denied" }],
    ["cancelled", { status: "cancelled" }],
  ] as const
  const place = asked.findIndex(([name]) => name === status)
  const earlier = asked.slice(0, place < 0 ? asked.length : place)
  const found = asked[place]

  return {
    AND: [
      ...earlier.map(([, item]) => ({ items: { none: item } })),
      ...(found === undefined ? [] : [{ items: { some: found[1] } }]),
    ],
  }
}
