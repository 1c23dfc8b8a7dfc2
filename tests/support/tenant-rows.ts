import type { World } from "./world"

/** A row of each table that a plain job does not write to, so that there is something to keep apart. */
export async function rowsOfTheRest(world: World, tenantId: string): Promise<void> {
  await world.su.query(
    `INSERT INTO former_allowance (tenant_id, environment, server, name) VALUES ($1, 'dev', 'workspace', 'gone')`,
    [tenantId],
  )
  await world.su.query(
    `INSERT INTO epoch_start (tenant_id, number, epoch, because, cancelled, closed_runs)
     VALUES ($1, 2, 1, 'behind', 0, 0)`,
    [tenantId],
  )
  await world.su.query(
    `INSERT INTO stop (tenant_id, stop_id, scope, subject, reason, thrown_by_id)
     VALUES ($1, 'stop_x', 'tool', 'workspace/nothing', 'test', 'per_x')`,
    [tenantId],
  )
  await world.su.query(
    `WITH simulated AS (
       INSERT INTO policy_simulation (
         tenant_id, simulation_id, text, days, from_call_id, until_call_id, total, started_by_id
       ) VALUES ($1, 'sim_x', '', 7, '', '', 1, 'per_x')
     )
     , used AS (
       INSERT INTO simulated_use (tenant_id, simulation_id, scope, used) VALUES ($1, 'sim_x', 'run:x:toolCalls', 1)
     )
     INSERT INTO simulated_call (tenant_id, simulation_id, call_id, was, now, reasons)
     VALUES ($1, 'sim_x', 'call_x', 'allow', 'deny', '[]')`,
    [tenantId],
  )
  await world.su.query(
    `INSERT INTO plan (tenant_id, plan_id, run_id, key_id, plan_hash, use_within_seconds, free)
     SELECT tenant_id, 'plan_x', run_id, key_id, '', 600, '[]' FROM run WHERE tenant_id = $1 LIMIT 1`,
    [tenantId],
  )
  await world.su.query(
    `INSERT INTO step_up_challenge (
       tenant_id, challenge, approval_id, person_id, session_id, decision, change_hash, policy_version, input, expires_at)
     SELECT tenant_id, 'x', approval_id, 'per_x', 'ses_x', 'approve', change_hash, 1, '{}', now() FROM approval
     WHERE tenant_id = $1 LIMIT 1`,
    [tenantId],
  )
  await world.su.query(
    `INSERT INTO step_up_evidence (
       tenant_id, approval_id, person_id, authenticator_id, challenge_input, public_key, authenticator_data,
       client_data_json, signature, origin, rp_id)
     SELECT tenant_id, approval_id, person_id, 'athn_x', '{}', '\\x00', '\\x00', '\\x00', '\\x00', 'x', 'x' FROM vote
     WHERE tenant_id = $1 LIMIT 1`,
    [tenantId],
  )
  await world.su.query(
    `INSERT INTO approval_view (
       tenant_id, approval_id, person_id, change_hash, first_seen_at, last_seen_at, visible_ms, hunks_shown, hunks_total)
     SELECT tenant_id, approval_id, 'per_x', change_hash, now(), now(), 1, 1, 1 FROM approval WHERE tenant_id = $1 LIMIT 1`,
    [tenantId],
  )
  await world.su.query(
    `INSERT INTO withdrawn_vote (
       tenant_id, event_id, approval_id, person_id, decision, change_hash, session_id, voted_at, self_reviewed)
     SELECT tenant_id, 'evt_x', approval_id, 'per_x', 'approve', change_hash, 'ses_x', now(), false FROM approval
     WHERE tenant_id = $1 LIMIT 1`,
    [tenantId],
  )
  await world.su.query(
    `INSERT INTO approval_comment (tenant_id, comment_id, approval_id, person_id, session_id, text)
     SELECT tenant_id, 'cmt_x', approval_id, 'per_x', 'ses_x', 'x' FROM approval WHERE tenant_id = $1 LIMIT 1`,
    [tenantId],
  )
  await world.su.query(
    `WITH broken AS (
       INSERT INTO break_glass (
         tenant_id, break_glass_id, approval_id, change_hash, begun_by_id, begun_in_session_id, reason, expires_at)
       SELECT tenant_id, 'brkg_x', approval_id, change_hash, 'per_x', 'ses_x', 'a reason that is long enough', now()
       FROM approval WHERE tenant_id = $1 LIMIT 1
     )
     INSERT INTO break_glass_notice (tenant_id, break_glass_id, person_id) VALUES ($1, 'brkg_x', 'per_x')`,
    [tenantId],
  )
  await world.su.query(
    `WITH rate AS (INSERT INTO canary_setting (tenant_id, changed_by_id) VALUES ($1, 'per_x')),
       planned AS (
         INSERT INTO canary (tenant_id, canary_id, secret, commitment, appears_at) VALUES ($1, 'cnry_x', '', '', now()))
     INSERT INTO canary_notice (tenant_id, canary_id, person_id) VALUES ($1, 'cnry_x', 'per_x')`,
    [tenantId],
  )
  await world.su.query(
    "INSERT INTO known_recipient (tenant_id, address_mac, execution_id) VALUES ($1, '\\x00', 'exe_x')",
    [tenantId],
  )
  await world.su.query(
    `INSERT INTO limit_slot (tenant_id, scope, window_start, slot, used, cap, total)
     VALUES ($1, 'tenant:messages', now(), 0, 1, 1, 1)`,
    [tenantId],
  )
}
