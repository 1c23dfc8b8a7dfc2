import type { TenantDb } from "@/lib/db/tenant-db"
import type { CanaryEnd } from "./canary"

/** A canary that has ended; what is null was not there because it never was out. */
export type CanaryRow = Readonly<{
  canaryId: string
  secret: string
  status: CanaryEnd
  endedBecause: string | null
  sourceApprovalId: string | null
  approvalId: string | null
  callId: string | null
  runId: string | null
  deviation: string | null
}>

/** How often canaries appear, locked against a change of it; null = they are off. */
export async function lockPeriod(db: TenantDb): Promise<number | null> {
  const { rows } = await db.sql<{ periodDays: number | null }>`
    SELECT period_days AS "periodDays" FROM canary_setting WHERE tenant_id = ${db.tenantId} FOR UPDATE`

  return rows[0]?.periodDays ?? null
}

export async function savePeriod(db: TenantDb, periodDays: number | null, personId: string): Promise<void> {
  await db.sql`
    INSERT INTO canary_setting (tenant_id, period_days, changed_by_id, changed_at)
    VALUES (${db.tenantId}, ${periodDays}, ${personId}, clock_timestamp())
    ON CONFLICT (tenant_id) DO UPDATE SET period_days = excluded.period_days,
      changed_by_id = excluded.changed_by_id, changed_at = excluded.changed_at`
}

type Planned = Readonly<{ canaryId: string; secret: string; commitment: string; appearsAt: Date }>

/** False where one is under way already. */
export async function insertPlanned(db: TenantDb, planned: Planned): Promise<boolean> {
  const { rowCount } = await db.sql`
    INSERT INTO canary (tenant_id, canary_id, secret, commitment, planned_at, appears_at)
    VALUES (${db.tenantId}, ${planned.canaryId}, ${planned.secret}, ${planned.commitment}, clock_timestamp(),
      ${planned.appearsAt})
    ON CONFLICT (tenant_id) WHERE status IN ('planned', 'out') DO NOTHING`

  return rowCount === 1
}

/** Puts off or brings forward the one that is planned. */
export async function movePlanned(db: TenantDb, appearsAt: Date): Promise<void> {
  await db.sql`
    UPDATE canary SET appears_at = ${appearsAt} WHERE tenant_id = ${db.tenantId} AND status = 'planned'`
}

/** Ends the one that is planned, and gives its id; null where it was let out meanwhile, or none is. */
export async function dropPlanned(db: TenantDb, because: string): Promise<string | null> {
  const { rows } = await db.sql<{ canaryId: string }>`
    UPDATE canary SET status = 'dropped', ended_because = ${because}, ended_at = clock_timestamp()
    WHERE tenant_id = ${db.tenantId} AND status = 'planned' RETURNING canary_id AS "canaryId"`

  return rows[0]?.canaryId ?? null
}

/** The one that is out; null when none is. */
export async function findOut(db: TenantDb): Promise<Pick<CanaryRow, "canaryId" | "runId"> | null> {
  const { rows } = await db.sql<Pick<CanaryRow, "canaryId" | "runId">>`
    SELECT canary_id AS "canaryId", run_id AS "runId" FROM canary
    WHERE tenant_id = ${db.tenantId} AND status = 'out'`

  return rows[0] ?? null
}

/** One that has ended and of which the log was not told yet. */
export async function findUntold(db: TenantDb): Promise<Pick<CanaryRow, "canaryId" | "runId"> | null> {
  const { rows } = await db.sql<Pick<CanaryRow, "canaryId" | "runId">>`
    SELECT canary_id AS "canaryId", run_id AS "runId" FROM canary
    WHERE tenant_id = ${db.tenantId} AND ended_at IS NOT NULL AND revealed_at IS NULL ORDER BY canary_id LIMIT 1`

  return rows[0] ?? null
}

/** What the log is told of a canary that has ended, once; null where it was told before, or has not ended. */
export async function markTold(db: TenantDb, canaryId: string): Promise<CanaryRow | null> {
  const { rows } = await db.sql<CanaryRow>`
    UPDATE canary SET revealed_at = clock_timestamp()
    WHERE tenant_id = ${db.tenantId} AND canary_id = ${canaryId} AND ended_at IS NOT NULL AND revealed_at IS NULL
    RETURNING canary_id AS "canaryId", secret, status, ended_because AS "endedBecause",
      source_approval_id AS "sourceApprovalId", approval_id AS "approvalId", call_id AS "callId", run_id AS "runId",
      deviation`

  return rows[0] ?? null
}

/** When people decided lately, at most a hundred times, in milliseconds since 1970. */
export async function findDecisionTimes(db: TenantDb): Promise<readonly number[]> {
  const { rows } = await db.sql<{ at: number }>`
    SELECT floor(extract(epoch FROM decided_at) * 1000)::float8 AS at FROM approval
    WHERE tenant_id = ${db.tenantId} AND decided_at IS NOT NULL ORDER BY approval_id DESC LIMIT 100`

  return rows.map(({ at }) => at)
}

/** The canary that an approval was, once it has ended; null where it was none that anybody may know of. */
export async function findEndedOf(db: TenantDb, approvalId: string): Promise<string | null> {
  const { rows } = await db.sql<{ canaryId: string }>`
    SELECT canary_id AS "canaryId" FROM canary
    WHERE tenant_id = ${db.tenantId} AND approval_id = ${approvalId} AND ended_at IS NOT NULL`

  return rows[0]?.canaryId ?? null
}

export async function insertNoticeRead(db: TenantDb, canaryId: string, personId: string): Promise<void> {
  await db.sql`
    INSERT INTO canary_notice (tenant_id, canary_id, person_id, dismissed_at)
    VALUES (${db.tenantId}, ${canaryId}, ${personId}, clock_timestamp()) ON CONFLICT DO NOTHING`
}
