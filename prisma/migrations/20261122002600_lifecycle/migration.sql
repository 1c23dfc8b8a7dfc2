-- What an approval was made of, and for whom a vote was cast: nothing yet, from here on whoever decides about them.

-- AlterTable
ALTER TABLE "approval" ADD COLUMN "derived_from" TEXT;

-- AlterTable
ALTER TABLE "vote" ADD COLUMN "on_behalf_of" TEXT;

-- As in 20261122002000_plans, with both.
CREATE OR REPLACE FUNCTION approval_read_of(p_tenant_id text, p_approval_id text)
RETURNS approval_read
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_read approval_read;
BEGIN
  SELECT json_build_object(
    'approvalId', a.approval_id, 'runId', a.run_id, 'tenantId', a.tenant_id, 'tenantName', t.name, 'callId', a.call_id,
    'server', c.server, 'tool', c.name, 'toolVersion', c.version, 'tier', c.tier, 'definitionHash', c.definition_hash,
    'status', approval_status_now(a),
    'version', a.version, 'changeHash', a.change_hash, 'policyVersion', a.policy_version, 'required', a.required,
    'requestedAt', a.requested_at, 'expiresAt', a.expires_at, 'useBy', a.use_by, 'decidedAt', a.decided_at,
    'endedBecause', a.ended_because, 'planId', a.plan_id, 'derivedFrom', a.derived_from,
    'requestedBy', json_build_object(
      'actor', r.actor_agent, 'model', r.actor_model, 'keyId', a.key_id,
      'keyPrefix', 'dsl_' || k.mode || '_' || left(k.public_id, 6), 'keyOwnerId', k.owner_id, 'keyCreatedById', k.created_by_id,
      'operatorId', r.operator_id),
    'run', json_build_object('environment', r.environment, 'workflow', r.workflow, 'step', r.step, 'status', r.status),
    'matchedRule', c.matched_rule, 'checks', coalesce(c.checks, '[]')::json, 'isDryRun', c.dry_run,
    'reasonRequired', a.reason_required, 'useWithinSeconds', a.use_within_seconds,
    'reason', c.agent_reason, 'input', json_build_object('sha256', c.input_digest),
    'sentence', ch.sentence, 'effects', ch.effects, 'flags', ch.flags, 'diffDigest', ch.diff_digest,
    'parts', (
      SELECT json_agg(json_build_object(
        'kind', p.kind, 'op', p.op, 'target', p.target, 'before', p.before_state, 'after', p.after_state,
        'added', p.added, 'removed', p.removed, 'hiddenCharacters', p.hidden_characters, 'flags', p.flags) ORDER BY p.position)
      FROM change_part p WHERE p.tenant_id = p_tenant_id AND p.call_id = a.call_id),
    'votes', (
      SELECT coalesce(json_agg(json_build_object(
        'personId', v.person_id, 'name', w.name, 'decision', v.decision, 'reason', v.reason, 'at', v.voted_at,
        'onBehalfOf', v.on_behalf_of)
        ORDER BY v.voted_at), '[]')
      FROM vote v JOIN person w ON w.person_id = v.person_id
      WHERE v.tenant_id = p_tenant_id AND v.approval_id = p_approval_id),
    'execution', (
      SELECT json_build_object(
        'executionId', e.execution_id, 'status', execution_status_now(e), 'startedAt', e.started_at, 'finishedAt', e.finished_at,
        'matchesApproved', e.matches_approved, 'late', e.late, 'receipts', e.receipts)
      FROM execution e WHERE e.tenant_id = p_tenant_id AND e.approval_id = p_approval_id)
  ), r.run_id, r.environment, ch.envelope, b.wrapped_key, b.sealed
  INTO v_read
  FROM approval a
  JOIN tenant t ON t.tenant_id = a.tenant_id
  JOIN tool_call c ON c.tenant_id = a.tenant_id AND c.call_id = a.call_id
  JOIN change ch ON ch.tenant_id = a.tenant_id AND ch.call_id = a.call_id
  JOIN run r ON r.tenant_id = a.tenant_id AND r.run_id = a.run_id
  JOIN api_key k ON k.tenant_id = a.tenant_id AND k.key_id = a.key_id
  LEFT JOIN blob b ON b.tenant_id = a.tenant_id AND b.digest = ch.diff_digest
  WHERE a.tenant_id = p_tenant_id AND a.approval_id = p_approval_id;

  RETURN v_read;
END
$$;
