import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import type { Run } from "./run"

/** Adds a run. Its operator must be a member who is still there; null when they are not. */
export async function insertRun(
  db: TenantDb,
  run: Omit<Run, "tenantId" | "status" | "openedAt" | "closedAt" | "taintedAt">,
): Promise<Run | null> {
  const { rows } = await db.sql<Run>`
    INSERT INTO run (
      tenant_id, run_id, environment, workflow, step, actor_agent, actor_model, operator_id, key_id, requested_tools,
      tools_limited, limits, opened_at
    )
    SELECT ${db.tenantId}, ${run.runId}, ${run.environment}, ${run.workflow}, ${run.step}, ${run.actorAgent},
      ${run.actorModel}, ${run.operatorId}, ${run.keyId}, ${[...run.requestedTools]}::text[], ${run.toolsLimited},
      ${JSON.stringify(run.limits)}::jsonb, clock_timestamp()
    WHERE EXISTS (
      SELECT FROM membership m JOIN tenant t ON t.agency_id = m.agency_id
      WHERE m.person_id = ${run.operatorId} AND m.ended_at IS NULL AND t.tenant_id = ${db.tenantId}
        AND (m.tenant_id IS NULL OR m.tenant_id = t.tenant_id))
    RETURNING run_id AS "runId", tenant_id AS "tenantId", environment, workflow, step, status,
      actor_agent AS "actorAgent", actor_model AS "actorModel", operator_id AS "operatorId", key_id AS "keyId",
      requested_tools AS "requestedTools", tools_limited AS "toolsLimited", opened_at AS "openedAt",
      closed_at AS "closedAt", tainted_at AS "taintedAt", limits`

  return rows[0] ?? null
}

/** Closes a run if it is open; null when it was not. Closing comes first in the lock order (SPEC 4.2.2). */
export async function closeOpenRun(db: TenantDb, runId: string): Promise<{ runId: string } | null> {
  const { rows } = await db.sql<{ runId: string }>`
    UPDATE run SET status = 'closed', closed_at = clock_timestamp()
    WHERE tenant_id = ${db.tenantId} AND run_id = ${runId} AND status = 'open'
    RETURNING run_id AS "runId"`

  return rows[0] ?? null
}

/** Locks a run that is about to be closed before anything of it is (SPEC 4.2.2). */
export async function lockRun(db: TenantDb, runId: string): Promise<void> {
  await db.sql`SELECT FROM run WHERE tenant_id = ${db.tenantId} AND run_id = ${runId} FOR NO KEY UPDATE`
}

/** Whether the tenant has this run at all. */
export async function hasRun(db: TenantDb, runId: string): Promise<boolean> {
  const { rowCount } = await db.sql`SELECT 1 FROM run WHERE tenant_id = ${db.tenantId} AND run_id = ${runId}`

  return rowCount > 0
}

/** False when the run is not open or is tainted already. */
export async function taintRun(db: TenantDb, runId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    UPDATE run SET tainted_at = clock_timestamp()
    WHERE tenant_id = ${db.tenantId} AND run_id = ${runId} AND status = 'open' AND tainted_at IS NULL`

  return rowCount > 0
}

/** Which version of its policy the tenant is under. */
export async function findPolicyVersion(db: TenantDb): Promise<number> {
  const { rows } = await db.sql<{ version: number }>`
    SELECT policy_version AS version FROM tenant WHERE tenant_id = ${db.tenantId}`
  const [tenant] = rows
  if (tenant === undefined) throw new AppError("not_found")

  return tenant.version
}
