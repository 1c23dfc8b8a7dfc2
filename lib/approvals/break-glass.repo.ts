import { hotJsonThenApproval } from "@/lib/db/hot-call"
import type { ErrorCode } from "@/lib/errors/app-error"
import type { TenantDb } from "@/lib/db/tenant-db"
import { newId, newSalts } from "@/lib/operations/new-id"
import type { SignedVote, Written } from "./approvals.repo"

type Answer = Readonly<{ code: ErrorCode | null; tenantId?: string; runId?: string; moved?: boolean }>
export type BreakGlassWritten = Written<Answer>

/** What an administrator says with it, bound to the change on their page. */
export type BreakingGlass = Readonly<{
  approvalId: string
  changeHash: string
  reason: string
  stepUp: SignedVote | null
}>

/** The hash, the reason, and what was signed. */
const saltCount = 3

export async function beginBreakGlass(
  sessionId: string,
  { approvalId, changeHash, reason, stepUp }: BreakingGlass,
): Promise<BreakGlassWritten> {
  return hotJsonThenApproval(
    "begin_break_glass",
    [sessionId, approvalId, newId("breakGlass"), changeHash, reason, signed(stepUp), ...leaf()],
    approvalId,
  )
}

export async function confirmBreakGlass(
  sessionId: string,
  { approvalId, changeHash, reason, stepUp }: BreakingGlass,
): Promise<BreakGlassWritten> {
  return hotJsonThenApproval(
    "confirm_break_glass",
    [sessionId, approvalId, changeHash, reason, signed(stepUp), ...leaf()],
    approvalId,
  )
}

export async function withdrawBreakGlass(sessionId: string, approvalId: string): Promise<BreakGlassWritten> {
  return hotJsonThenApproval("withdraw_break_glass", [sessionId, approvalId, ...leaf()], approvalId)
}

function signed(stepUp: SignedVote | null): string | null {
  return stepUp === null ? null : JSON.stringify(stepUp)
}

function leaf(): [string, string[]] {
  return [newId("event"), newSalts(saltCount)]
}

/** The break-glass by which an approval was approved, the latest; null where there is none. */
export async function findBroken(db: TenantDb, approvalId: string): Promise<string | null> {
  const { rows } = await db.sql<{ breakGlassId: string }>`
    SELECT break_glass_id AS "breakGlassId" FROM break_glass
    WHERE tenant_id = ${db.tenantId} AND approval_id = ${approvalId} AND status = 'approved'
    ORDER BY break_glass_id DESC LIMIT 1`

  return rows[0]?.breakGlassId ?? null
}

export async function insertDismissal(db: TenantDb, breakGlassId: string, personId: string): Promise<void> {
  await db.sql`
    INSERT INTO break_glass_notice (tenant_id, break_glass_id, person_id, dismissed_at)
    VALUES (${db.tenantId}, ${breakGlassId}, ${personId}, clock_timestamp()) ON CONFLICT DO NOTHING`
}
