import type { ReadDb } from "@/lib/db/read-db"

/** The page on which what expires first is decided, of what still waits beside `others`; null where nothing does. */
export async function nextWaiting(db: ReadDb, now: Date, others: object): Promise<string | null> {
  const next = await db.approval.findFirst({
    where: { status: "pending", expiresAt: { gt: now }, ...others },
    orderBy: { expiresAt: "asc" },
    select: { approvalId: true, planId: true },
  })
  if (next === null) return null

  return next.planId === null ? `/approvals/${next.approvalId}` : `/plans/${next.planId}`
}
