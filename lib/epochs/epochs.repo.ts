import type { AuditParty } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { newId, newSalts } from "@/lib/operations/new-id"
import { newEpoch } from "./epoch"

/** How many rows one statement ends. */
const batch = 200

export type LastLeaf = Readonly<{ sequence: number; eventId: string; digest: string }>

/** The last leaf of the tenant's log that this database has; null for an empty one. */
export async function findLastLeaf(db: TenantDb): Promise<LastLeaf | null> {
  const { rows } = await db.sql<LastLeaf>`
    SELECT sequence::float8 AS sequence, event_id AS "eventId", encode(sha256(leaf), 'hex') AS digest FROM audit_leaf
    WHERE tenant_id = ${db.tenantId} ORDER BY audit_leaf.sequence DESC LIMIT 1`

  return rows[0] ?? null
}

/** Moves the tenant on to an epoch that it never had; leaves are of the new one from here on. */
export async function raiseEpoch(db: TenantDb, number: number): Promise<number> {
  const { rows } = await db.sql<{ epoch: number }>`
    UPDATE tenant SET epoch = greatest(epoch + 1, ${number}) WHERE tenant_id = ${db.tenantId} RETURNING epoch`
  const [tenant] = rows
  if (tenant === undefined) throw new Error("The tenant is gone.")

  return tenant.epoch
}

/** Closes every open run, with a leaf each. Runs come before approvals in the lock order (SPEC 4.2.2). */
export async function closeOpenRuns(db: TenantDb, by: AuditParty): Promise<number> {
  for (let total = 0; ;) {
    const { rows } = await db.sql<{ closed: number }>`
      SELECT close_open_runs(${newEpoch}, ${JSON.stringify(by)}::jsonb, ${newEventIds()}::text[]) AS closed`
    const closed = rows[0]?.closed ?? 0
    total += closed
    if (closed < batch) return total
  }
}

/** Cancels every open approval, with a leaf each. */
export async function cancelOpen(db: TenantDb, by: AuditParty): Promise<number> {
  for (let total = 0; ;) {
    const { rowCount } = await db.sql`
      SELECT ended_approval_id FROM cancel_stopped(
        'tenant', ${db.tenantId}, ${newEpoch}, ${JSON.stringify(by)}::jsonb, ${newEventIds()}::text[],
        ${newSalts(batch)}::text[])`
    total += rowCount
    if (rowCount < batch) return total
  }
}

function newEventIds(): string[] {
  return Array.from({ length: batch }, () => newId("event"))
}

type Start = Readonly<{
  number: number
  epoch: number
  because: string
  cancelled: number
  closedRuns: number
}>

export async function insertStart(db: TenantDb, start: Start): Promise<void> {
  await db.sql`
    INSERT INTO epoch_start (tenant_id, number, epoch, because, cancelled, closed_runs, started_at)
    VALUES (${db.tenantId}, ${start.number}, ${start.epoch}, ${start.because}, ${start.cancelled}, ${start.closedRuns},
      clock_timestamp())`
}

/** The tenant's own number of the epoch; null when there is none or it was dismissed before. */
export async function dismissStart(db: TenantDb, number: number, personId: string): Promise<number | null> {
  const { rows } = await db.sql<{ epoch: number }>`
    UPDATE epoch_start SET dismissed_at = clock_timestamp(), dismissed_by_id = ${personId}
    WHERE tenant_id = ${db.tenantId} AND number = ${number} AND dismissed_at IS NULL RETURNING epoch`

  return rows[0]?.epoch ?? null
}
