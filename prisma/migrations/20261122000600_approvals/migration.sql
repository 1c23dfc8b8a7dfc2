-- Deciding, spending and reporting (SPEC 4). Each function is one transaction: look, lock in the order
-- run → approval → votes, compare and set, append the leaf. A refusal is an answer {"code": …}, never an
-- exception, so that transitions which must survive a refusal (stale, expired) commit.

-- All of them are PL/pgSQL, which keeps its plans: an SQL function is planned anew at every call, and the
-- join behind an approval takes longer to plan than to run.

-- What an approval is read from: its JSON, the envelope's bytes, and its sealed diff.
CREATE TYPE approval_read AS (approval jsonb, envelope bytea, diff_key bytea, diff_sealed bytea);

CREATE FUNCTION approval_read_of(p_tenant_id text, p_approval_id text)
RETURNS approval_read
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_read approval_read;
BEGIN
  SELECT approval_json(p_tenant_id, p_approval_id), ch.envelope, b.wrapped_key, b.sealed INTO v_read
  FROM approval a
  JOIN change ch ON ch.tenant_id = a.tenant_id AND ch.call_id = a.call_id
  LEFT JOIN blob b ON b.tenant_id = a.tenant_id AND b.digest = ch.diff_digest
  WHERE a.tenant_id = p_tenant_id AND a.approval_id = p_approval_id;

  RETURN v_read;
END
$$;

-- Reads an approval with a key: one row {code, read}.
CREATE FUNCTION read_approval_by_key(p_public_id text, p_secret_mac bytea, p_address inet, p_approval_id text)
RETURNS TABLE (code text, tenant_id text, approval jsonb, envelope bytea, diff_key bytea, diff_sealed bytea)
LANGUAGE plpgsql
AS $$
DECLARE
  v_key record;
  v_read approval_read;
BEGIN
  SELECT * INTO v_key FROM key_principal(p_public_id, p_secret_mac, p_address);
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'unauthenticated', NULL::text, NULL::jsonb, NULL::bytea, NULL::bytea, NULL::bytea;
    RETURN;
  END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);
  IF NOT 'poll' = ANY (v_key.scopes) THEN
    RETURN QUERY SELECT 'scope_missing', v_key.tenant_id, NULL::jsonb, NULL::bytea, NULL::bytea, NULL::bytea;
    RETURN;
  END IF;

  v_read := approval_read_of(v_key.tenant_id, p_approval_id);
  IF NOT v_read.approval -> 'run' ->> 'environment' = ANY (v_key.environments) THEN v_read := NULL; END IF;
  RETURN QUERY SELECT CASE WHEN v_read.approval IS NULL THEN 'not_found' END, v_key.tenant_id,
    v_read.approval, v_read.envelope, v_read.diff_key, v_read.diff_sealed;
END
$$;

-- Reads an approval with a session, whichever of the person's tenants it is in.
CREATE FUNCTION read_approval_by_session(p_session_id text, p_approval_id text)
RETURNS TABLE (code text, tenant_id text, approval jsonb, envelope bytea, diff_key bytea, diff_sealed bytea)
LANGUAGE plpgsql
AS $$
DECLARE
  v_tenant text;
  v_read approval_read;
BEGIN
  IF bind_session(p_session_id) IS NULL THEN
    RETURN QUERY SELECT 'unauthenticated', NULL::text, NULL::jsonb, NULL::bytea, NULL::bytea, NULL::bytea;
    RETURN;
  END IF;

  SELECT a.tenant_id INTO v_tenant FROM approval a WHERE a.approval_id = p_approval_id;
  v_read := approval_read_of(v_tenant, p_approval_id);
  RETURN QUERY SELECT CASE WHEN v_read.approval IS NULL THEN 'not_found' END, v_tenant,
    v_read.approval, v_read.envelope, v_read.diff_key, v_read.diff_sealed;
END
$$;

-- A call that was answered before, for answering it again: one row {tenant_id, call, approval, …}.
CREATE FUNCTION read_call(p_public_id text, p_secret_mac bytea, p_address inet, p_call_id text)
RETURNS TABLE (tenant_id text, call jsonb, approval jsonb, envelope bytea, diff_key bytea, diff_sealed bytea)
LANGUAGE plpgsql
AS $$
DECLARE
  v_key record;
  v_read approval_read;
  v_call jsonb;
BEGIN
  SELECT * INTO v_key FROM key_principal(p_public_id, p_secret_mac, p_address);
  IF NOT FOUND THEN RETURN; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);

  SELECT jsonb_build_object(
    'callId', c.call_id, 'runId', c.run_id, 'server', c.server, 'name', c.name, 'version', c.version,
    'definitionHash', c.definition_hash, 'decision', c.decision, 'reasons', c.reasons, 'inputDigest', c.input_digest,
    'policyVersion', c.policy_version, 'changeHash', ch.change_hash, 'executionId', e.execution_id,
    'executionStatus', CASE WHEN e.started_at > clock_timestamp() - interval '15 minutes' THEN e.status END)
  INTO v_call
  FROM tool_call c
  LEFT JOIN change ch ON ch.tenant_id = c.tenant_id AND ch.call_id = c.call_id
  LEFT JOIN execution e ON e.tenant_id = c.tenant_id AND e.call_id = c.call_id
  WHERE c.tenant_id = v_key.tenant_id AND c.call_id = p_call_id AND c.key_id = v_key.key_id;

  SELECT r.* INTO v_read FROM approval a, approval_read_of(a.tenant_id, a.approval_id) r
  WHERE a.tenant_id = v_key.tenant_id AND a.call_id = p_call_id;

  RETURN QUERY SELECT v_key.tenant_id, v_call, v_read.approval, v_read.envelope, v_read.diff_key, v_read.diff_sealed;
END
$$;

-- How an approval stands, for waiting on it: no content, one row {code, status, version}.
CREATE FUNCTION poll_approval_by_key(p_public_id text, p_secret_mac bytea, p_address inet, p_approval_id text)
RETURNS TABLE (code text, status text, version int)
LANGUAGE plpgsql
AS $$
DECLARE
  v_key record;
BEGIN
  SELECT * INTO v_key FROM key_principal(p_public_id, p_secret_mac, p_address);
  IF NOT FOUND THEN RETURN QUERY SELECT 'unauthenticated', NULL::text, NULL::int; RETURN; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);
  IF NOT 'poll' = ANY (v_key.scopes) THEN RETURN QUERY SELECT 'scope_missing', NULL::text, NULL::int; RETURN; END IF;

  RETURN QUERY SELECT NULL::text, approval_status_now(a), a.version
  FROM approval a JOIN run r ON r.tenant_id = a.tenant_id AND r.run_id = a.run_id
  WHERE a.tenant_id = v_key.tenant_id AND a.approval_id = p_approval_id AND r.environment = ANY (v_key.environments);
  IF NOT FOUND THEN RETURN QUERY SELECT 'not_found', NULL::text, NULL::int; END IF;
END
$$;

CREATE FUNCTION poll_approval_by_session(p_session_id text, p_approval_id text)
RETURNS TABLE (code text, status text, version int)
LANGUAGE plpgsql
AS $$
BEGIN
  IF bind_session(p_session_id) IS NULL THEN
    RETURN QUERY SELECT 'unauthenticated', NULL::text, NULL::int;
    RETURN;
  END IF;

  RETURN QUERY SELECT NULL::text, approval_status_now(a), a.version FROM approval a WHERE a.approval_id = p_approval_id;
  IF NOT FOUND THEN RETURN QUERY SELECT 'not_found', NULL::text, NULL::int; END IF;
END
$$;

-- Moves a locked approval to a state and appends the leaf that says so.
CREATE FUNCTION approval_transition(
  p_approval approval, p_status text, p_because text, p_actor jsonb, p_event_id text, p_salts text[]
)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE approval SET status = p_status, ended_because = p_because, version = version + 1
  WHERE tenant_id = p_approval.tenant_id AND approval_id = p_approval.approval_id AND version = p_approval.version;
  IF NOT FOUND THEN RAISE EXCEPTION 'the approval moved under its lock'; END IF;

  PERFORM audit_append(
    p_event_id, 'approval.' || p_status, p_actor,
    jsonb_build_object('kind', 'approval', 'id', p_approval.approval_id),
    jsonb_build_object(
      'runId', p_approval.run_id, 'callId', p_approval.call_id, 'approvalId', p_approval.approval_id,
      'from', p_approval.status, 'to', p_status, 'code', p_because),
    jsonb_build_object('changeHash', p_approval.change_hash), p_salts);
END
$$;

-- The state an approval is in now, and its transition to expired when its time is up.
CREATE FUNCTION approval_expire_if_due(p_approval approval, p_event_id text, p_salts text[])
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
  IF (p_approval.status = 'pending' AND p_approval.expires_at <= clock_timestamp())
    OR (p_approval.status = 'approved' AND p_approval.use_by <= clock_timestamp()) THEN
    PERFORM approval_transition(
      p_approval, 'expired', CASE p_approval.status WHEN 'pending' THEN 'not_decided' ELSE 'not_used' END,
      '{"kind": "system", "id": "clock"}', p_event_id, p_salts);
    RETURN true;
  END IF;

  RETURN false;
END
$$;

-- Casts one person's vote. Codes: unauthenticated, not_found, forbidden, separation_of_duties,
-- approval_closed, expired, hash_mismatch, already_voted; null when the vote counts.
CREATE FUNCTION cast_vote(
  p_session_id text, p_approval_id text, p_decision text, p_change_hash text, p_reason text,
  p_use_by_seconds int, p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_actor jsonb;
  v_tenant text;
  v_run run;
  v_key api_key;
  v_approval approval;
  v_status text;
  v_refusal text;
BEGIN
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  SELECT tenant_id INTO v_tenant FROM approval WHERE approval_id = p_approval_id;
  IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;
  PERFORM set_config('app.tenant', v_tenant, true);
  v_actor := jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId');

  SELECT r.* INTO v_run FROM run r JOIN approval a ON a.tenant_id = r.tenant_id AND a.run_id = r.run_id
  WHERE a.tenant_id = v_tenant AND a.approval_id = p_approval_id FOR SHARE OF r;
  SELECT * INTO v_approval FROM approval WHERE tenant_id = v_tenant AND approval_id = p_approval_id FOR UPDATE;
  -- Again, because the session or the membership may have ended while this vote waited for the row.
  v_person := bind_session(p_session_id);
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  IF NOT v_tenant = ANY (string_to_array(current_setting('app.tenants'), ',')) THEN
    RETURN '{"code": "not_found"}';
  END IF;
  SELECT * INTO v_key FROM api_key WHERE tenant_id = v_tenant AND key_id = v_approval.key_id;

  v_refusal := CASE
    WHEN NOT EXISTS (
      SELECT FROM jsonb_array_elements(v_person -> 'tenants') AS t
      WHERE t ->> 'tenantId' = v_tenant AND t -> 'roles' ?| ARRAY['owner', 'admin', 'reviewer']) THEN 'forbidden'
    WHEN v_person ->> 'personId' IN (v_key.owner_id, v_key.created_by_id, v_run.operator_id) THEN 'separation_of_duties'
  END;
  IF v_refusal IS NOT NULL THEN
    RETURN jsonb_build_object('code', v_refusal, 'tenantId', v_tenant);
  END IF;

  IF approval_expire_if_due(v_approval, p_event_id, p_salts) THEN
    RETURN jsonb_build_object('code', 'expired', 'tenantId', v_tenant, 'moved', true);
  END IF;
  IF v_approval.status <> 'pending' THEN
    RETURN jsonb_build_object('code', 'approval_closed', 'tenantId', v_tenant, 'status', v_approval.status);
  END IF;
  IF v_approval.change_hash <> p_change_hash THEN
    RETURN jsonb_build_object('code', 'hash_mismatch', 'tenantId', v_tenant);
  END IF;

  INSERT INTO vote (tenant_id, approval_id, person_id, decision, reason, change_hash, session_id, voted_at)
  VALUES (v_tenant, p_approval_id, v_person ->> 'personId', p_decision, p_reason, p_change_hash, p_session_id, clock_timestamp())
  ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN jsonb_build_object('code', 'already_voted', 'tenantId', v_tenant); END IF;

  v_status := CASE
    WHEN p_decision = 'deny' THEN 'denied'
    WHEN (SELECT count(*) FROM vote WHERE tenant_id = v_tenant AND approval_id = p_approval_id AND decision = 'approve')
      >= greatest(1, (SELECT sum((stage ->> 'count')::int) FROM jsonb_array_elements(v_approval.required) AS stage))
      THEN 'approved'
    ELSE 'pending' END;

  UPDATE approval SET
    status = v_status, version = version + 1,
    decided_at = CASE WHEN v_status <> 'pending' THEN clock_timestamp() END,
    use_by = CASE WHEN v_status = 'approved' THEN clock_timestamp() + make_interval(secs => p_use_by_seconds) END
  WHERE tenant_id = v_tenant AND approval_id = p_approval_id AND version = v_approval.version AND status = 'pending';
  IF NOT FOUND THEN RAISE EXCEPTION 'the approval moved under its lock'; END IF;

  PERFORM audit_append(
    p_event_id, CASE v_status WHEN 'pending' THEN 'approval.voted' ELSE 'approval.' || v_status END, v_actor,
    jsonb_build_object('kind', 'approval', 'id', p_approval_id),
    jsonb_build_object(
      'runId', v_approval.run_id, 'callId', v_approval.call_id, 'approvalId', p_approval_id, 'sessionId', p_session_id,
      'decision', p_decision, 'from', 'pending', 'to', v_status),
    jsonb_build_object('changeHash', p_change_hash, 'reason', p_reason), p_salts);

  RETURN jsonb_build_object('code', NULL, 'tenantId', v_tenant, 'runId', v_approval.run_id);
END
$$;

-- Spends an approved approval, once. p_observed is the JCS of the observed states. Answers
-- {"code": null, "replayed", "permit": {…}} or {"code": …, "status"}.
CREATE FUNCTION consume_approval(
  p_public_id text, p_secret_mac bytea, p_address inet, p_approval_id text, p_run_id text, p_change_hash text,
  p_nonce_digest text, p_body_digest text, p_observed text, p_execution_id text, p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_key record;
  v_actor jsonb;
  v_run run;
  v_call tool_call;
  v_change change;
  v_approval approval;
  v_execution execution;
  v_code text;
  v_replayed boolean := false;
BEGIN
  SELECT * INTO v_key FROM key_principal(p_public_id, p_secret_mac, p_address);
  IF NOT FOUND THEN RETURN '{"code": "unauthenticated"}'; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);
  IF NOT 'execute' = ANY (v_key.scopes) THEN
    RETURN jsonb_build_object('code', 'scope_missing', 'tenantId', v_key.tenant_id);
  END IF;
  v_actor := jsonb_build_object('kind', 'key', 'id', v_key.key_id);

  SELECT r.* INTO v_run FROM run r JOIN approval a ON a.tenant_id = r.tenant_id AND a.run_id = r.run_id
  WHERE a.tenant_id = v_key.tenant_id AND a.approval_id = p_approval_id FOR SHARE OF r;
  IF NOT FOUND OR NOT v_run.environment = ANY (v_key.environments) THEN RETURN '{"code": "not_found"}'; END IF;
  SELECT * INTO v_approval FROM approval
  WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id FOR UPDATE;
  -- Again, because the key may have been revoked while this spend waited for the row.
  PERFORM FROM key_principal(p_public_id, p_secret_mac, p_address);
  IF NOT FOUND THEN RETURN '{"code": "unauthenticated"}'; END IF;
  SELECT * INTO v_call FROM tool_call WHERE tenant_id = v_key.tenant_id AND call_id = v_approval.call_id;
  SELECT * INTO v_change FROM change WHERE tenant_id = v_key.tenant_id AND call_id = v_approval.call_id;

  IF v_approval.status = 'consumed' THEN
    SELECT * INTO v_execution FROM execution WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id;
    v_replayed := v_execution.status = 'started' AND v_execution.key_id = v_key.key_id
      AND v_execution.nonce_digest = p_nonce_digest AND v_execution.body_digest = p_body_digest
      AND v_execution.started_at > clock_timestamp() - interval '15 minutes';
    v_code := CASE WHEN NOT v_replayed THEN 'already_consumed' END;
  ELSIF approval_expire_if_due(v_approval, p_event_id, p_salts) THEN
    RETURN jsonb_build_object('code', 'expired', 'status', 'expired', 'moved', true, 'runId', v_approval.run_id, 'tenantId', v_key.tenant_id);
  ELSE
    v_code := CASE
      WHEN v_approval.status IN ('denied', 'expired', 'cancelled', 'stale') THEN v_approval.status
      WHEN p_run_id <> v_approval.run_id THEN 'wrong_run'
      WHEN v_approval.status = 'pending' THEN 'not_approved'
      WHEN p_change_hash <> v_approval.change_hash THEN 'hash_mismatch'
    END;
  END IF;

  -- Attempts to spend what was not granted are recorded and change nothing.
  IF v_code IS NOT NULL THEN
    IF v_code IN ('already_consumed', 'wrong_run', 'hash_mismatch') THEN
      PERFORM audit_append(
        p_event_id, 'approval.consume_refused', v_actor, jsonb_build_object('kind', 'approval', 'id', p_approval_id),
        jsonb_build_object(
          'runId', v_approval.run_id, 'callId', v_approval.call_id, 'approvalId', p_approval_id, 'code', v_code),
        jsonb_build_object('claimedChangeHash', p_change_hash, 'claimedRunId', p_run_id), p_salts);
    END IF;
    RETURN jsonb_build_object('code', v_code, 'status', v_approval.status, 'tenantId', v_key.tenant_id);
  END IF;

  IF NOT v_replayed THEN
    v_code := CASE
      WHEN v_run.status <> 'open' THEN 'cancelled'
      WHEN NOT EXISTS (
        SELECT FROM tool WHERE tenant_id = v_key.tenant_id AND server = v_call.server AND name = v_call.name
          AND version = v_call.version AND definition_hash = v_call.definition_hash AND tier = v_call.tier
          AND status = 'active') THEN 'tool_changed'
      WHEN NOT EXISTS (
        SELECT FROM tool_allowance allowed
        WHERE allowed.tenant_id = v_key.tenant_id AND allowed.environment = v_run.environment
          AND allowed.server = v_call.server AND allowed.name = v_call.name
          AND NOT EXISTS (
            SELECT FROM change_part part, unnest(part.changed_fields) AS field
            WHERE part.tenant_id = v_key.tenant_id AND part.call_id = v_call.call_id
              AND NOT patch_path_allowed(field, allowed.patch_paths))) THEN 'policy_changed'
      WHEN p_observed <> v_change.before_states THEN 'before_changed'
    END;
    IF v_code IS NOT NULL THEN
      PERFORM approval_transition(
        v_approval, CASE WHEN v_code IN ('tool_changed', 'before_changed') THEN 'stale' ELSE 'cancelled' END,
        v_code, v_actor, p_event_id, p_salts);
      RETURN jsonb_build_object('code', v_code, 'moved', true, 'runId', v_approval.run_id, 'tenantId', v_key.tenant_id);
    END IF;

    UPDATE approval SET status = 'consumed', version = version + 1
    WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id AND status = 'approved'
      AND version = v_approval.version AND use_by > clock_timestamp();
    IF NOT FOUND THEN
      RETURN jsonb_build_object('code', 'expired', 'status', 'expired', 'tenantId', v_key.tenant_id);
    END IF;

    INSERT INTO execution (
      tenant_id, execution_id, call_id, run_id, approval_id, key_id, nonce_digest, body_digest, started_at
    ) VALUES (
      v_key.tenant_id, p_execution_id, v_call.call_id, v_run.run_id, p_approval_id, v_key.key_id, p_nonce_digest,
      p_body_digest, clock_timestamp()
    ) RETURNING * INTO v_execution;

    PERFORM audit_append(
      p_event_id, 'approval.consumed', v_actor, jsonb_build_object('kind', 'approval', 'id', p_approval_id),
      jsonb_build_object(
        'runId', v_run.run_id, 'callId', v_call.call_id, 'approvalId', p_approval_id, 'executionId', p_execution_id,
        'from', 'approved', 'to', 'consumed', 'policyVersion', v_approval.policy_version,
        'policyVersionAtConsume', (SELECT policy_version FROM tenant WHERE tenant_id = v_key.tenant_id)),
      jsonb_build_object('changeHash', v_approval.change_hash, 'input', v_call.input_digest), p_salts);
  END IF;

  RETURN jsonb_build_object(
    'code', NULL, 'replayed', v_replayed, 'tenantId', v_key.tenant_id, 'runId', v_run.run_id,
    'permit', jsonb_build_object(
      'executionId', v_execution.execution_id, 'tenantId', v_key.tenant_id, 'runId', v_run.run_id,
      'server', v_call.server, 'tool', v_call.name, 'toolVersion', v_call.version,
      'definitionHash', v_call.definition_hash, 'inputDigest', v_call.input_digest,
      'changeHash', v_approval.change_hash, 'approvalId', p_approval_id, 'policyVersion', v_approval.policy_version,
      'voters', (
        SELECT coalesce(jsonb_agg(person_id ORDER BY voted_at, person_id), '[]') FROM vote
        WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id AND decision = 'approve')));
END
$$;

-- Records what an execution did, once. The same report again gets the same answer.
CREATE FUNCTION record_outcome(
  p_public_id text, p_secret_mac bytea, p_address inet, p_execution_id text, p_status text, p_observed_after text,
  p_output_sha256 text, p_output_redacted text, p_receipts jsonb, p_receipts_digest text, p_outcome_digest text,
  p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_key record;
  v_execution execution;
  v_change change;
  v_matches boolean;
BEGIN
  SELECT * INTO v_key FROM key_principal(p_public_id, p_secret_mac, p_address);
  IF NOT FOUND THEN RETURN '{"code": "unauthenticated"}'; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);
  IF NOT 'execute' = ANY (v_key.scopes) THEN
    RETURN jsonb_build_object('code', 'scope_missing', 'tenantId', v_key.tenant_id);
  END IF;

  SELECT * INTO v_execution FROM execution
  WHERE tenant_id = v_key.tenant_id AND execution_id = p_execution_id AND key_id = v_key.key_id FOR UPDATE;
  IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;

  IF v_execution.status IN ('started', 'unknown') THEN
    SELECT * INTO v_change FROM change WHERE tenant_id = v_key.tenant_id AND call_id = v_execution.call_id;
    v_matches := CASE WHEN v_change.call_id IS NOT NULL AND p_status = 'applied' THEN p_observed_after = v_change.after_states END;

    UPDATE execution SET
      status = p_status, finished_at = clock_timestamp(), observed_after = p_observed_after, matches_approved = v_matches,
      late = status = 'unknown' OR started_at <= clock_timestamp() - interval '15 minutes',
      output_sha256 = p_output_sha256, output_redacted = p_output_redacted, receipts = p_receipts,
      outcome_digest = p_outcome_digest
    WHERE tenant_id = v_key.tenant_id AND execution_id = p_execution_id
    RETURNING * INTO v_execution;

    IF p_status = 'applied' AND v_change.call_id IS NOT NULL THEN
      INSERT INTO target_state (tenant_id, target_key, state, execution_id, observed_at)
      SELECT v_key.tenant_id, p.target_key, seen.value, p_execution_id, clock_timestamp()
      FROM jsonb_array_elements(p_observed_after::jsonb) WITH ORDINALITY AS seen(value, position)
      JOIN change_part p ON p.tenant_id = v_key.tenant_id AND p.call_id = v_execution.call_id AND p.position = seen.position
      ON CONFLICT (tenant_id, target_key) DO UPDATE
      SET state = excluded.state, execution_id = excluded.execution_id, observed_at = excluded.observed_at;
    END IF;

    PERFORM audit_append(
      p_event_id, 'execution.' || p_status, jsonb_build_object('kind', 'key', 'id', v_key.key_id),
      jsonb_build_object('kind', 'execution', 'id', p_execution_id),
      jsonb_build_object(
        'runId', v_execution.run_id, 'callId', v_execution.call_id, 'approvalId', v_execution.approval_id,
        'executionId', p_execution_id, 'status', p_status, 'late', v_execution.late, 'matchesApproved', v_matches),
      jsonb_build_object(
        'observedAfter', p_observed_after, 'output', p_output_sha256, 'receipts', p_receipts_digest), p_salts);
  ELSIF v_execution.outcome_digest <> p_outcome_digest THEN
    RETURN jsonb_build_object('code', 'outcome_recorded', 'status', v_execution.status, 'tenantId', v_key.tenant_id);
  END IF;

  RETURN jsonb_build_object(
    'code', NULL, 'tenantId', v_key.tenant_id, 'runId', v_execution.run_id, 'approvalId', v_execution.approval_id,
    'outcome', jsonb_build_object(
      'executionId', p_execution_id, 'status', v_execution.status, 'matchesApproved', v_execution.matches_approved,
      'late', v_execution.late));
END
$$;

-- Records that a signed-in person was refused (403 or 422) on an approval or run of one of their tenants.
-- Answers false when there is no such thing for them: what belongs to no tenant has no leaf.
CREATE FUNCTION record_session_refusal(
  p_session_id text, p_approval_id text, p_run_id text, p_code text, p_action text, p_reasons_digest text,
  p_event_id text, p_salts text[]
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_tenant text;
  v_run_id text;
BEGIN
  SELECT tenant_id, run_id INTO v_tenant, v_run_id FROM approval WHERE approval_id = p_approval_id;
  IF NOT FOUND THEN
    SELECT tenant_id, run_id INTO v_tenant, v_run_id FROM run WHERE run_id = p_run_id;
  END IF;
  IF v_tenant IS NULL OR v_person IS NULL THEN RETURN false; END IF;
  PERFORM set_config('app.tenant', v_tenant, true);

  PERFORM audit_append(
    p_event_id, 'request.refused', jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId'),
    jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId'),
    jsonb_build_object('approvalId', p_approval_id, 'runId', v_run_id, 'code', p_code, 'action', p_action),
    jsonb_build_object('reasons', p_reasons_digest), p_salts);

  RETURN true;
END
$$;
