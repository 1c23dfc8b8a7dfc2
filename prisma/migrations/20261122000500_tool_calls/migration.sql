-- Asking (SPEC 3): one round trip to learn everything the decision needs, one to record it.

-- What a create with this idempotency key came to in the last 24 hours: {"code": "idempotency_mismatch"}
-- when the body was another, {"resourceId", "status"} when it was this one, null when there was none.
CREATE FUNCTION idempotency_prior(p_tenant_id text, p_key_id text, p_route text, p_key_mac bytea, p_body_mac bytea)
RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (
    SELECT CASE
      WHEN body_mac <> p_body_mac THEN '{"code": "idempotency_mismatch"}'::jsonb
      ELSE jsonb_build_object('resourceId', resource_id, 'status', status) END
    FROM idempotency
    WHERE tenant_id = p_tenant_id AND key_id = p_key_id AND route = p_route AND key_mac = p_key_mac
      AND created_at > clock_timestamp() - interval '24 hours'
  );
END
$$;

-- Claims an idempotency key for a create in this transaction; false when another request has it. Waits
-- for one that is under way.
CREATE FUNCTION idempotency_claim(
  p_tenant_id text, p_key_id text, p_route text, p_key_mac bytea, p_body_mac bytea, p_status int, p_resource_id text
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM idempotency
  WHERE tenant_id = p_tenant_id AND key_id = p_key_id AND route = p_route AND key_mac = p_key_mac
    AND created_at <= clock_timestamp() - interval '24 hours';
  INSERT INTO idempotency (tenant_id, key_id, route, key_mac, body_mac, status, resource_id, created_at)
  VALUES (p_tenant_id, p_key_id, p_route, p_key_mac, p_body_mac, p_status, p_resource_id, clock_timestamp())
  ON CONFLICT DO NOTHING;

  RETURN FOUND;
END
$$;

-- Whether a record field, by its JSON Pointer, is one of those that may change or below one; null = any.
CREATE FUNCTION patch_path_allowed(p_field text, p_allowed text[])
RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
  SELECT p_allowed IS NULL OR EXISTS (
    SELECT FROM unnest(p_allowed) AS allowed WHERE p_field = allowed OR starts_with(p_field, allowed || '/'))
$$;

-- Everything that policy looks at for one call: {principal, tenant, run, tools[], allowed, patchPaths, prior}.
-- Null when the key is not live. run is null when there is no such run in the key's tenant; prior is what the
-- same idempotency key came to before.
CREATE FUNCTION call_context(
  p_public_id text, p_secret_mac bytea, p_address inet, p_run_id text, p_server text, p_name text,
  p_idempotency_key bytea, p_body_mac bytea
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_key record;
  v_run run;
BEGIN
  SELECT * INTO v_key FROM key_principal(p_public_id, p_secret_mac, p_address);
  IF NOT FOUND THEN RETURN NULL; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);

  SELECT * INTO v_run FROM run WHERE tenant_id = v_key.tenant_id AND run_id = p_run_id;

  RETURN jsonb_build_object(
    'prior', CASE WHEN p_idempotency_key IS NOT NULL THEN idempotency_prior(
      v_key.tenant_id, v_key.key_id, 'POST /tool-calls', p_idempotency_key, p_body_mac) END,
    'principal', jsonb_build_object(
      'tenantId', v_key.tenant_id, 'keyId', v_key.key_id, 'ownerId', v_key.owner_id,
      'createdById', v_key.created_by_id, 'environments', v_key.environments, 'scopes', v_key.scopes),
    'tenant', (
      SELECT jsonb_build_object('policyVersion', policy_version) FROM tenant WHERE tenant_id = v_key.tenant_id),
    'run', CASE WHEN v_run.run_id IS NULL THEN NULL ELSE jsonb_build_object(
      'runId', v_run.run_id, 'environment', v_run.environment, 'status', v_run.status,
      'requestedTools', CASE WHEN v_run.tools_limited THEN to_jsonb(v_run.requested_tools) END) END,
    'tools', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'version', version, 'definitionHash', definition_hash, 'tier', tier, 'status', status)), '[]')
      FROM tool WHERE tenant_id = v_key.tenant_id AND server = p_server AND name = p_name),
    'allowed', EXISTS (
      SELECT FROM tool_allowance
      WHERE tenant_id = v_key.tenant_id AND environment = v_run.environment AND server = p_server AND name = p_name),
    'patchPaths', (
      SELECT to_jsonb(patch_paths) FROM tool_allowance
      WHERE tenant_id = v_key.tenant_id AND environment = v_run.environment AND server = p_server AND name = p_name)
  );
END
$$;

-- Where an approval stands now: one whose time is up reads as expired whether or not anything marked it.
CREATE FUNCTION approval_status_now(p_approval approval)
RETURNS text
LANGUAGE sql STABLE
AS $$
  SELECT CASE
    WHEN p_approval.status = 'pending' AND p_approval.expires_at <= clock_timestamp() THEN 'expired'
    WHEN p_approval.status = 'approved' AND p_approval.use_by <= clock_timestamp() THEN 'expired'
    ELSE p_approval.status END
$$;

-- Where an execution stands now: one that nobody has reported for 15 minutes reads as unknown (SPEC 4.1).
CREATE FUNCTION execution_status_now(p_execution execution)
RETURNS text
LANGUAGE sql STABLE
AS $$
  SELECT CASE
    WHEN p_execution.status = 'started' AND p_execution.started_at <= clock_timestamp() - interval '15 minutes'
      THEN 'unknown'
    ELSE p_execution.status END
$$;

-- The approval as callers see it (SPEC 9.1), but for its envelope and diff, which are bytes.
CREATE FUNCTION approval_json(p_tenant_id text, p_approval_id text)
RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object(
      'approvalId', a.approval_id, 'runId', a.run_id, 'tenantId', a.tenant_id, 'tenantName', t.name, 'callId', a.call_id,
      'server', c.server, 'tool', c.name, 'toolVersion', c.version, 'tier', c.tier, 'definitionHash', c.definition_hash,
      'status', approval_status_now(a),
      'version', a.version, 'changeHash', a.change_hash, 'policyVersion', a.policy_version, 'required', a.required,
      'requestedAt', a.requested_at, 'expiresAt', a.expires_at, 'useBy', a.use_by, 'decidedAt', a.decided_at,
      'endedBecause', a.ended_because,
      'requestedBy', jsonb_build_object(
        'actor', r.actor_agent, 'model', r.actor_model, 'keyId', a.key_id,
        'keyPrefix', 'dsl_' || k.mode || '_' || left(k.public_id, 6), 'keyOwnerId', k.owner_id, 'keyCreatedById', k.created_by_id,
        'operatorId', r.operator_id),
      'run', jsonb_build_object('environment', r.environment, 'workflow', r.workflow, 'step', r.step, 'status', r.status),
      'reason', c.agent_reason, 'input', jsonb_build_object('sha256', c.input_digest),
      'sentence', ch.sentence, 'effects', to_jsonb(ch.effects), 'flags', to_jsonb(ch.flags), 'diffDigest', ch.diff_digest,
      'parts', (
        SELECT jsonb_agg(jsonb_build_object(
          'kind', p.kind, 'op', p.op, 'target', p.target, 'before', p.before_state, 'after', p.after_state,
          'added', p.added, 'removed', p.removed, 'hiddenCharacters', p.hidden_characters, 'flags', to_jsonb(p.flags)) ORDER BY p.position)
        FROM change_part p WHERE p.tenant_id = a.tenant_id AND p.call_id = a.call_id),
      'votes', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
          'personId', v.person_id, 'name', w.name, 'decision', v.decision, 'reason', v.reason, 'at', v.voted_at)
          ORDER BY v.voted_at), '[]')
        FROM vote v JOIN person w ON w.person_id = v.person_id
        WHERE v.tenant_id = a.tenant_id AND v.approval_id = a.approval_id),
      'execution', (
        SELECT jsonb_build_object(
          'executionId', e.execution_id, 'status', execution_status_now(e), 'startedAt', e.started_at, 'finishedAt', e.finished_at,
          'matchesApproved', e.matches_approved, 'late', e.late, 'receipts', e.receipts)
        FROM execution e WHERE e.tenant_id = a.tenant_id AND e.approval_id = a.approval_id)
    )
    FROM approval a
    JOIN tenant t ON t.tenant_id = a.tenant_id
    JOIN tool_call c ON c.tenant_id = a.tenant_id AND c.call_id = a.call_id
    JOIN change ch ON ch.tenant_id = a.tenant_id AND ch.call_id = a.call_id
    JOIN run r ON r.tenant_id = a.tenant_id AND r.run_id = a.run_id
    JOIN api_key k ON k.tenant_id = a.tenant_id AND k.key_id = a.key_id
    WHERE a.tenant_id = p_tenant_id AND a.approval_id = p_approval_id
  );
END
$$;

-- Records one decided call with its change, its approval or execution, and its leaf.
--
-- The run is locked against closing and looked at again, because it may have closed since the decision:
-- then nothing is written and the answer is {"code": "run_closed"}. Otherwise {"code": null} with the
-- approval when there is one.
CREATE FUNCTION record_call(
  p_public_id text, p_secret_mac bytea, p_address inet, p_call jsonb, p_envelope bytea,
  p_digests text[], p_sizes int[], p_wrapped_keys bytea[], p_sealed bytea[], p_idempotency_key bytea,
  p_body_mac bytea, p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_key record;
  v_status text;
  v_now timestamptz := clock_timestamp();
  v_call_id text := p_call ->> 'callId';
  v_run_id text := p_call ->> 'runId';
  v_decision text := p_call ->> 'decision';
  v_change jsonb := p_call -> 'change';
  v_approval_id text := p_call -> 'approval' ->> 'approvalId';
  v_moved int[];
BEGIN
  SELECT * INTO v_key FROM key_principal(p_public_id, p_secret_mac, p_address);
  IF NOT FOUND THEN RETURN '{"code": "unauthenticated"}'; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);

  SELECT status INTO v_status FROM run WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id FOR SHARE;
  IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;
  IF v_status <> 'open' AND v_decision <> 'deny' THEN RETURN '{"code": "run_closed"}'; END IF;

  IF p_idempotency_key IS NOT NULL AND NOT idempotency_claim(
    v_key.tenant_id, v_key.key_id, 'POST /tool-calls', p_idempotency_key, p_body_mac, (p_call ->> 'status')::int,
    v_call_id) THEN
    RETURN '{"code": "idempotency_in_flight"}';
  END IF;

  INSERT INTO blob (tenant_id, digest, bytes, wrapped_key, sealed)
  SELECT v_key.tenant_id, b.* FROM unnest(p_digests, p_sizes, p_wrapped_keys, p_sealed) AS b
  ON CONFLICT DO NOTHING;

  INSERT INTO tool_call (
    tenant_id, call_id, run_id, key_id, server, name, version, tier, definition_hash, decision, reasons,
    agent_reason, input_digest, input_redacted, policy_version, requested_at
  ) VALUES (
    v_key.tenant_id, v_call_id, v_run_id, v_key.key_id, p_call ->> 'server', p_call ->> 'name', p_call ->> 'version',
    p_call ->> 'tier', p_call ->> 'definitionHash', v_decision, p_call -> 'reasons',
    p_call ->> 'agentReason', p_call ->> 'inputDigest', p_call ->> 'inputRedacted', (p_call ->> 'policyVersion')::int, v_now
  );

  IF v_change IS NOT NULL AND v_change <> 'null' THEN
    -- A before that is not what the last execution left behind is shown to the reviewer.
    SELECT array_agg(part.position) INTO v_moved
    FROM jsonb_array_elements(v_change -> 'parts') WITH ORDINALITY AS part(value, position)
    JOIN target_state s ON s.tenant_id = v_key.tenant_id AND s.target_key = part.value ->> 'targetKey'
    WHERE s.state <> part.value -> 'beforeObserved';

    INSERT INTO change (
      tenant_id, call_id, change_hash, envelope, before_states, after_states, diff_digest, sentence, effects, flags
    ) VALUES (
      v_key.tenant_id, v_call_id, v_change ->> 'changeHash', p_envelope, v_change ->> 'beforeStates',
      v_change ->> 'afterStates', v_change ->> 'diffDigest', v_change ->> 'sentence',
      ARRAY(SELECT jsonb_array_elements_text(v_change -> 'effects')),
      ARRAY(SELECT jsonb_array_elements_text(v_change -> 'flags'))
        || CASE WHEN v_moved IS NULL THEN '{}'::text[] ELSE ARRAY['before_unexpected'] END
    );

    INSERT INTO change_part (
      tenant_id, call_id, position, kind, op, target, target_key, before_state, after_state, before_digest,
      after_digest, added, removed, hidden_characters, flags, changed_fields
    )
    SELECT v_key.tenant_id, v_call_id, part.position, part.value ->> 'kind', part.value ->> 'op', part.value -> 'target',
      part.value ->> 'targetKey', part.value -> 'before', part.value -> 'after', part.value -> 'before' ->> 'digest',
      part.value -> 'after' ->> 'digest', (part.value ->> 'added')::int, (part.value ->> 'removed')::int,
      (part.value ->> 'hiddenCharacters')::int,
      ARRAY(SELECT jsonb_array_elements_text(part.value -> 'flags'))
        || CASE WHEN part.position = ANY (v_moved) THEN ARRAY['before_unexpected'] ELSE '{}'::text[] END,
      ARRAY(SELECT jsonb_array_elements_text(part.value -> 'changedFields'))
    FROM jsonb_array_elements(v_change -> 'parts') WITH ORDINALITY AS part(value, position);
  END IF;

  IF v_decision = 'pending' THEN
    INSERT INTO approval (
      tenant_id, approval_id, call_id, run_id, key_id, change_hash, required, policy_version, requested_at, expires_at
    ) VALUES (
      v_key.tenant_id, v_approval_id, v_call_id, v_run_id, v_key.key_id, v_change ->> 'changeHash',
      p_call -> 'approval' -> 'required', (p_call ->> 'policyVersion')::int, v_now,
      v_now + make_interval(secs => (p_call -> 'approval' ->> 'ttlSeconds')::int)
    );
  END IF;

  IF v_decision = 'allow' THEN
    INSERT INTO execution (tenant_id, execution_id, call_id, run_id, key_id, started_at)
    VALUES (v_key.tenant_id, p_call ->> 'executionId', v_call_id, v_run_id, v_key.key_id, v_now);
  END IF;

  PERFORM audit_append(
    p_event_id,
    CASE v_decision WHEN 'allow' THEN 'tool_call.allowed' WHEN 'pending' THEN 'tool_call.pending' ELSE 'tool_call.denied' END,
    jsonb_build_object('kind', 'key', 'id', v_key.key_id),
    jsonb_build_object('kind', 'call', 'id', v_call_id),
    jsonb_build_object(
      'runId', v_run_id, 'callId', v_call_id, 'approvalId', v_approval_id, 'executionId', p_call ->> 'executionId',
      'decision', v_decision, 'tier', p_call ->> 'tier', 'policyVersion', (p_call ->> 'policyVersion')::int,
      'code', p_call -> 'reasons' -> 0 ->> 'code'),
    jsonb_build_object(
      'server', p_call ->> 'server', 'tool', p_call ->> 'name', 'toolVersion', p_call ->> 'version',
      'definition', p_call ->> 'definitionHash', 'input', p_call ->> 'inputDigest', 'reason', p_call ->> 'agentReason',
      'reasons', p_call ->> 'reasonsDigest', 'changeHash', v_change ->> 'changeHash', 'diff', v_change ->> 'diffDigest'),
    p_salts
  );

  RETURN jsonb_build_object('code', NULL, 'approval', approval_json(v_key.tenant_id, v_approval_id));
END
$$;
