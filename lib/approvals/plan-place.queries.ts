import type { ReadDb } from "@/lib/db/read-db"
import { databaseTime } from "@/lib/env/runtime"
import type { ApprovalView } from "./approval.schema"

/** Which call of a plan an approval is: by its place among all calls of it, from 1. */
export type PlanPlace = Readonly<{ planId: string; number: number; waiting: number }>

/** Null where it belongs to no plan. `waiting`: how many calls of the plan nobody has decided yet. */
export async function placeInPlan(
  db: ReadDb,
  { tenantId, approvalId, planId }: Pick<ApprovalView, "tenantId" | "approvalId" | "planId">,
): Promise<PlanPlace | null> {
  if (planId === null) return null
  const item = await db.approval.findFirst({ where: { tenantId, approvalId }, select: { planIndex: true } })
  const waiting = await db.approval.count({
    where: { tenantId, planId, status: "pending", expiresAt: { gt: new Date(databaseTime()) } },
  })

  return { planId, number: (item?.planIndex ?? 0) + 1, waiting }
}
