import type { StepUpChallenge } from "@deltaseal/guard/change"
import { inTenant, type TenantDb } from "@/lib/db/tenant-db"

export type NewChallenge = Readonly<{ challenge: string; input: StepUpChallenge; canonical: string }>

/** The database's time, in seconds since 1970. */
export async function secondsNow(db: TenantDb): Promise<number> {
  const { rows } = await db.sql<{ now: number }>`
    SELECT floor(extract(epoch FROM clock_timestamp()))::float8 AS now`

  return rows[0]?.now ?? 0
}

type Standing = Readonly<{
  status: string
  changeHash: string
  policyVersion: number
  runId: string
  callId: string
}>

/** Where an approval stands that somebody is about to decide. */
export async function findStandingOf(db: TenantDb, approvalId: string): Promise<Standing | null> {
  const { rows } = await db.sql<Standing>`
    SELECT approval_status_now(a) AS status, change_hash AS "changeHash", policy_version AS "policyVersion",
      run_id AS "runId", call_id AS "callId"
    FROM approval a WHERE tenant_id = ${db.tenantId} AND approval_id = ${approvalId}`

  return rows[0] ?? null
}

/**
 * Remembers what somebody is asked to sign, with the approval that waits. What was asked a day ago is forgotten: it can
 * be spent no more.
 */
export async function insertChallenge(
  db: TenantDb,
  approvalId: string,
  { challenge, input, canonical }: NewChallenge,
): Promise<void> {
  await db.sql`
    DELETE FROM step_up_challenge
    WHERE tenant_id = ${db.tenantId} AND approval_id = ${approvalId}
      AND expires_at < clock_timestamp() - interval '1 day'`
  await db.sql`
    INSERT INTO step_up_challenge (
      tenant_id, challenge, approval_id, person_id, session_id, decision, change_hash, policy_version, input, expires_at)
    VALUES (${db.tenantId}, ${challenge}, ${approvalId}, ${input.reviewer}, ${input.session}, ${input.decision},
      ${input.changeHash}, ${input.policyVersion}, ${canonical}, to_timestamp(${input.exp}))`
}

export type KnownChallenge = Readonly<{
  approvalId: string
  input: string
  isSpent: boolean
  isExpired: boolean
}>

/** A challenge of this tenant as it stands, or null. */
export function findChallenge(tenantId: string, challenge: string): Promise<KnownChallenge | null> {
  return inTenant(tenantId, async (db) => {
    const { rows } = await db.sql<KnownChallenge>`
      SELECT approval_id AS "approvalId", input, spent_at IS NOT NULL AS "isSpent", expires_at <= clock_timestamp() AS "isExpired"
      FROM step_up_challenge WHERE tenant_id = ${tenantId} AND challenge = ${challenge}`

    return rows[0] ?? null
  })
}
