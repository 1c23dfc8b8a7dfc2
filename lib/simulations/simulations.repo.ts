import type { TenantDb } from "@/lib/db/tenant-db"
import type { Reason } from "@/lib/errors/app-error"
import type { AskedPeople } from "./asked-people"
import { forgetUses } from "./simulated-uses.repo"
import type { Answer, Counts, SimulationStatus } from "./simulation"

export type NewSimulation = Readonly<{
  simulationId: string
  text: string
  days: number
  fromCallId: string
  untilCallId: string
  total: number
  startedById: string
}>

/** @returns false when one is under way in the tenant */
export async function insertSimulation(db: TenantDb, simulation: NewSimulation): Promise<boolean> {
  const { simulationId, text, days, fromCallId, untilCallId, total, startedById } = simulation
  const { rowCount } = await db.sql`
    INSERT INTO policy_simulation (
      tenant_id, simulation_id, text, days, from_call_id, until_call_id, total, started_by_id, started_at
    ) VALUES (
      ${db.tenantId}, ${simulationId}, ${text}, ${days}, ${fromCallId}, ${untilCallId}, ${total}, ${startedById},
      clock_timestamp()
    )
    ON CONFLICT DO NOTHING`
  if (rowCount === 0) return false

  await wakeWorker(db)
  return true
}

/** Puts the work on the queue with this transaction: once, however many ask. */
export async function wakeWorker(db: Pick<TenantDb, "sql">): Promise<void> {
  await db.sql`SELECT graphile_worker.add_job('simulate', '{}'::json, job_key => 'simulate')`
}

/** @returns how it stands; null when there is no such simulation */
export async function lockSimulation(db: TenantDb, simulationId: string): Promise<SimulationStatus | null> {
  const { rows } = await db.sql<{ status: SimulationStatus }>`
    SELECT status FROM policy_simulation
    WHERE tenant_id = ${db.tenantId} AND simulation_id = ${simulationId} FOR NO KEY UPDATE`

  return rows[0]?.status ?? null
}

/** A simulation that is under way and whose next piece is this transaction's to do. */
export type Underway = Readonly<{
  simulationId: string
  text: string
  fromCallId: string
  untilCallId: string
  lastCallId: string | null
  done: number
  total: number
  counts: Counts
}>

/** Null when there is none, or another worker is at it. */
export async function lockUnderway(db: TenantDb): Promise<Underway | null> {
  const { rows } = await db.sql<Underway>`
    SELECT simulation_id AS "simulationId", text, from_call_id AS "fromCallId", until_call_id AS "untilCallId",
      last_call_id AS "lastCallId", done, total, counts
    FROM policy_simulation WHERE tenant_id = ${db.tenantId} AND status = 'running'
    FOR NO KEY UPDATE SKIP LOCKED`

  return rows[0] ?? null
}

export async function saveProgress(db: TenantDb, at: Omit<Underway, "text" | "fromCallId" | "untilCallId">) {
  const { simulationId, lastCallId, done, total, counts } = at
  await db.sql`
    UPDATE policy_simulation
    SET last_call_id = ${lastCallId}, done = ${done}, total = ${total}, counts = ${JSON.stringify(counts)}
    WHERE tenant_id = ${db.tenantId} AND simulation_id = ${simulationId}`
}

export async function endSimulation(
  db: TenantDb,
  simulationId: string,
  status: Exclude<SimulationStatus, "running">,
): Promise<void> {
  await db.sql`
    UPDATE policy_simulation SET status = ${status}, ended_at = clock_timestamp()
    WHERE tenant_id = ${db.tenantId} AND simulation_id = ${simulationId}`
  await forgetUses(db, simulationId)
}

/** A call whose answer would be another one; or, with whom it was put to and would be, one that others would decide. */
export type ChangedCall = Readonly<{
  callId: string
  was: Answer
  now: Answer
  rule: string | null
  reasons: readonly Reason[]
  wasRequired: AskedPeople | null
  nowRequired: AskedPeople | null
}>

export async function insertChangedCalls(
  db: TenantDb,
  simulationId: string,
  calls: readonly ChangedCall[],
): Promise<void> {
  await db.sql`
    INSERT INTO simulated_call (
      tenant_id, simulation_id, call_id, was, now, rule, reasons, was_required, now_required)
    SELECT ${db.tenantId}, ${simulationId}, "callId", was, now, rule, reasons, nullif("wasRequired", 'null'),
      nullif("nowRequired", 'null')
    FROM jsonb_to_recordset(${JSON.stringify(calls)}::jsonb)
      AS c ("callId" text, was text, now text, rule text, reasons jsonb, "wasRequired" jsonb, "nowRequired" jsonb)`
}
