import type { AuditParty } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { newId, newSalts } from "@/lib/operations/new-id"
import type { StopScope } from "./stop"

/** What is stopped in one tenant. A run needs no row: it is closed. */
export type Stopped = Readonly<{ scope: Exclude<StopScope, "run">; subject: string }>

export type StopRow = Stopped & Readonly<{ stopId: string; held: readonly string[]; byAgency: boolean }>

export type NewStop = StopRow & Readonly<{ reason: string; thrownById: string }>

/** Adds a stop; false when this is stopped already. */
export async function insertStop(db: TenantDb, stop: NewStop): Promise<boolean> {
  const { rowCount } = await db.sql`
    INSERT INTO stop (tenant_id, stop_id, scope, subject, held, reason, by_agency, thrown_by_id, thrown_at)
    VALUES (${db.tenantId}, ${stop.stopId}, ${stop.scope}, ${stop.subject}, ${[...stop.held]}::text[], ${stop.reason},
      ${stop.byAgency}, ${stop.thrownById}, clock_timestamp())
    ON CONFLICT DO NOTHING`

  return rowCount > 0
}

/** The stop in force, locked; null when there is none. */
export async function lockStop(
  db: TenantDb,
  which: Stopped | Readonly<{ stopId: string }>,
): Promise<StopRow | null> {
  const [stopId, scope, subject] =
    "stopId" in which ? [which.stopId, null, null] : [null, which.scope, which.subject]
  const { rows } = await db.sql<StopRow>`
    SELECT stop_id AS "stopId", scope, subject, held, by_agency AS "byAgency" FROM stop
    WHERE tenant_id = ${db.tenantId} AND lifted_at IS NULL
      AND (stop_id = ${stopId} OR (scope = ${scope} AND subject = ${subject}))
    FOR UPDATE`

  return rows[0] ?? null
}

export async function endStop(db: TenantDb, stopId: string, liftedById: string): Promise<void> {
  await db.sql`
    UPDATE stop SET lifted_at = clock_timestamp(), lifted_by_id = ${liftedById}
    WHERE tenant_id = ${db.tenantId} AND stop_id = ${stopId} AND lifted_at IS NULL`
}

/** Adds to what lifting a stop gives back. */
export async function holdFor(db: TenantDb, stopId: string, held: readonly string[]): Promise<void> {
  await db.sql`
    UPDATE stop SET held = ARRAY(SELECT DISTINCT unnest(held || ${[...held]}::text[]) ORDER BY 1)
    WHERE tenant_id = ${db.tenantId} AND stop_id = ${stopId}`
}

/** Whether one of these tools is stopped now. */
export async function isAnyToolStopped(db: TenantDb, subjects: readonly string[]): Promise<boolean> {
  const { rowCount } = await db.sql`
    SELECT 1 FROM stop
    WHERE tenant_id = ${db.tenantId} AND scope = 'tool' AND subject = ANY (${[...subjects]}::text[])
      AND lifted_at IS NULL`

  return rowCount > 0
}

export type Ended = Readonly<{ approvalId: string; runId: string }>

/** Cancels open approvals under what is stopped, each with its leaf, at most `max` of them. */
export async function cancelStopped(
  db: TenantDb,
  { scope, subject, because, by }: Stopped & Readonly<{ because: string; by: AuditParty }>,
  max: number,
): Promise<readonly Ended[]> {
  const eventIds = Array.from({ length: max }, () => newId("event"))
  const { rows } = await db.sql<Ended>`
    SELECT ended_approval_id AS "approvalId", ended_run_id AS "runId"
    FROM cancel_stopped(
      ${scope}, ${subject}, ${because}, ${JSON.stringify(by)}::jsonb, ${eventIds}::text[], ${newSalts(max)}::text[])`

  return rows
}

/** Stops that were thrown long enough ago for what was under way to have ended, and not gone over since. */
export async function findUnswept(
  db: TenantDb,
): Promise<readonly (Stopped & Readonly<{ stopId: string }>)[]> {
  const { rows } = await db.sql<Stopped & Readonly<{ stopId: string }>>`
    SELECT stop_id AS "stopId", scope, subject FROM stop
    WHERE tenant_id = ${db.tenantId} AND swept_at IS NULL AND lifted_at IS NULL
      AND thrown_at <= now() - interval '6 seconds'
    ORDER BY stop_id LIMIT 100`

  return rows
}

export async function markSwept(db: TenantDb, stopId: string): Promise<void> {
  await db.sql`
    UPDATE stop SET swept_at = clock_timestamp() WHERE tenant_id = ${db.tenantId} AND stop_id = ${stopId}`
}
