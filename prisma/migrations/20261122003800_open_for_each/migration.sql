-- So many open approvals for each person who decides (ADR 0051): a flood must not bury them. The places are those of the
-- tenant's own limit; whichever of the two leaves fewer holds.

-- How many people decide in a tenant: who holds a role there that may vote. Whoever only stands in for somebody is none.
CREATE FUNCTION people_who_decide(p_tenant_id text)
RETURNS int
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (
    SELECT count(DISTINCT m.person_id)
    FROM tenant t
    JOIN membership m ON m.agency_id = t.agency_id AND m.ended_at IS NULL AND m.role IN ('owner', 'admin', 'reviewer')
      AND (m.tenant_id IS NULL OR m.tenant_id = p_tenant_id)
    JOIN person p ON p.person_id = m.person_id AND p.disabled_at IS NULL
    WHERE t.tenant_id = p_tenant_id);
END
$$;

-- A place for one more open approval, where the tenant may have so many, or so many for each person who decides there (for
-- nobody as many as for one). Ends the transaction as refuse_over_limit does where none is free, naming the limit that
-- leaves fewer, with how many people it was counted for. Another node may take the place first: then ask again.
CREATE FUNCTION take_place(p_tenant_id text, p_max int, p_for_each_max int)
RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
  v_people int;
  v_for_all bigint;
  v_place int;
BEGIN
  IF p_for_each_max IS NOT NULL THEN
    v_people := people_who_decide(p_tenant_id);
    v_for_all := p_for_each_max::bigint * greatest(1, v_people);
  END IF;

  v_place := free_place(p_tenant_id, least(p_max, v_for_all, 1000000)::int);
  IF v_place IS NOT NULL THEN RETURN v_place; END IF;

  IF v_for_all IS NULL OR p_max <= v_for_all THEN
    PERFORM refuse_over_limit('tenant.pendingApprovals', p_max, 60);
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'DS429', MESSAGE = 'reviewer.pendingApprovals', DETAIL = jsonb_build_object(
    'name', 'reviewer.pendingApprovals', 'limit', p_for_each_max, 'people', v_people, 'retryAfterSeconds', 60)::text;
END
$$;

-- As in 20261122002900_votes; a place is taken where "approval" has an openMax, or an openForEachMax.
CREATE OR REPLACE FUNCTION record_call(
  p_public_id text, p_secret_mac bytea, p_address inet, p_rules_version bigint, p_call jsonb, p_envelope bytea,
  p_digests text[], p_sizes int[], p_wrapped_keys bytea[], p_sealed bytea[], p_idempotency_key bytea,
  p_body_mac bytea, p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
  v_status text;
  v_opened_at timestamptz(3);
  v_tainted_at timestamptz(3);
  v_has_plan boolean;
  v_place int;
  v_now timestamptz(3);
  v_expires timestamptz(3);
  v_call_id text := p_call ->> 'callId';
  v_run_id text := p_call ->> 'runId';
  v_decision text := p_call ->> 'decision';
  v_policy_version int := p_call ->> 'policyVersion';
  v_change jsonb := nullif(p_call -> 'change', 'null');
  v_change_hash text := v_change ->> 'changeHash';
  v_approval_id text := p_call -> 'approval' ->> 'approvalId';
  v_plan_id text := p_call -> 'approval' ->> 'planId';
  v_item_call_id text;
  v_open_in_run int := p_call -> 'approval' ->> 'openInRunMax';
  v_open_max int := p_call -> 'approval' ->> 'openMax';
  v_open_for_each int := p_call -> 'approval' ->> 'openForEachMax';
  v_execution_id text := p_call ->> 'executionId';
  v_taints boolean := v_decision = 'allow' AND (p_call ->> 'taints')::boolean AND NOT (p_call ->> 'isTainted')::boolean;
  v_prior jsonb;
  v_moved int[];
BEGIN
  IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);

  IF v_taints THEN
    -- Its row is going to be written, and two who share it would wait for one another.
    PERFORM FROM run WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id FOR NO KEY UPDATE;
  END IF;
  SELECT status, opened_at, tainted_at, has_plan INTO v_status, v_opened_at, v_tainted_at, v_has_plan
  FROM run WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id FOR SHARE SKIP LOCKED;
  IF NOT FOUND OR v_taints THEN
    SELECT status, opened_at, tainted_at, has_plan INTO v_status, v_opened_at, v_tainted_at, v_has_plan
    FROM run WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id FOR SHARE;
    IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;
    -- Again, because key and rules may have moved while this waited for the row.
    v_key := find_live_key(p_public_id, p_secret_mac, p_address);
    IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  END IF;
  IF coalesce(v_key.run_id, v_run_id) <> v_run_id THEN RETURN '{"code": "not_found"}'; END IF;
  IF v_key.rules_version <> p_rules_version OR (v_tainted_at IS NOT NULL) <> (p_call ->> 'isTainted')::boolean THEN
    RETURN '{"code": "rules_moved"}';
  END IF;
  IF NOT 'request' = ANY (v_key.scopes) THEN RETURN '{"code": "scope_missing"}'; END IF;

  IF v_status <> 'open' AND v_decision <> 'deny' THEN
    v_prior := idempotency_prior(
      v_key.tenant_id, v_key.key_id, 'POST /tool-calls', p_idempotency_key, p_body_mac);
    RETURN jsonb_build_object('code', CASE WHEN v_prior IS NULL THEN 'run_closed' ELSE 'prior' END, 'prior', v_prior);
  END IF;

  IF v_open_in_run IS NOT NULL AND take_turn_in_run(v_key.tenant_id, v_run_id) THEN
    -- Again, because the key may have been revoked, or the rules changed, while this waited for its turn.
    v_key := find_live_key(p_public_id, p_secret_mac, p_address);
    IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
    IF v_key.rules_version <> p_rules_version THEN RETURN '{"code": "rules_moved"}'; END IF;
  END IF;
  IF v_has_plan AND v_decision = 'pending' AND v_plan_id IS NULL THEN
    v_item_call_id := take_plan_item(v_key.tenant_id, v_run_id, v_change_hash, (p_call ->> 'isDryRun')::boolean);
    -- Again, because the key may have been revoked while this waited for the items.
    v_key := find_live_key(p_public_id, p_secret_mac, p_address);
    IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  END IF;

  IF p_idempotency_key IS NOT NULL AND NOT idempotency_claim(
    v_key.tenant_id, v_key.key_id, 'POST /tool-calls', p_idempotency_key, p_body_mac, (p_call ->> 'status')::int,
    coalesce(v_item_call_id, v_call_id)) THEN
    RETURN jsonb_build_object('code', 'prior', 'prior', idempotency_prior(
      v_key.tenant_id, v_key.key_id, 'POST /tool-calls', p_idempotency_key, p_body_mac));
  END IF;
  IF v_item_call_id IS NOT NULL THEN
    RETURN jsonb_build_object('code', 'planned', 'callId', v_item_call_id);
  END IF;

  v_now := clock_timestamp();
  IF v_decision <> 'deny' THEN
    PERFORM hold_to_limits(v_key.tenant_id, p_call -> 'limits', v_opened_at, v_now);
  END IF;

  INSERT INTO blob (tenant_id, digest, bytes, wrapped_key, sealed)
  SELECT v_key.tenant_id, b.* FROM unnest(p_digests, p_sizes, p_wrapped_keys, p_sealed) AS b
  ON CONFLICT DO NOTHING;

  INSERT INTO tool_call (
    tenant_id, call_id, run_id, key_id, server, name, version, tier, definition_hash, decision, reasons,
    agent_reason, input_digest, input_redacted, policy_version, requested_at, matched_rule, checks, facts_digest,
    dry_run, egress, taints
  ) VALUES (
    v_key.tenant_id, v_call_id, v_run_id, v_key.key_id, p_call ->> 'server', p_call ->> 'name', p_call ->> 'version',
    p_call ->> 'tier', p_call ->> 'definitionHash', v_decision, p_call -> 'reasons',
    p_call ->> 'agentReason', p_call ->> 'inputDigest', p_call ->> 'inputRedacted', v_policy_version, v_now,
    p_call ->> 'matchedRule', p_call ->> 'checks', p_call ->> 'factsDigest', (p_call ->> 'isDryRun')::boolean,
    ARRAY(SELECT jsonb_array_elements_text(p_call -> 'egress')), (p_call ->> 'taints')::boolean
  );
  IF v_taints THEN
    UPDATE run SET tainted_at = v_now WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id;
  END IF;

  IF v_change IS NOT NULL THEN
    v_moved := keep_change(v_key.tenant_id, v_call_id, v_change, p_envelope, p_call -> 'leftBehind');
  END IF;

  IF v_decision = 'pending' THEN
    IF v_open_in_run <= (
      SELECT count(*) FROM approval a
      WHERE a.tenant_id = v_key.tenant_id AND a.run_id = v_run_id AND a.status IN ('pending', 'approved')
        AND approval_status_now(a) IN ('pending', 'approved')) THEN
      PERFORM refuse_over_limit('run.pendingApprovals', v_open_in_run, 60);
    END IF;
    v_expires := v_now + make_interval(secs => (p_call -> 'approval' ->> 'ttlSeconds')::int);
    LOOP
      IF v_open_max IS NOT NULL OR v_open_for_each IS NOT NULL THEN
        v_place := take_place(v_key.tenant_id, v_open_max, v_open_for_each);
      END IF;
      INSERT INTO approval (
        tenant_id, approval_id, call_id, run_id, key_id, change_hash, required, policy_version, requested_at,
        expires_at, use_within_seconds, reason_required, place, plan_id, plan_index
      ) VALUES (
        v_key.tenant_id, v_approval_id, v_call_id, v_run_id, v_key.key_id, v_change_hash,
        p_call -> 'approval' -> 'required', v_policy_version, v_now, v_expires,
        (p_call -> 'approval' ->> 'useWithinSeconds')::int, (p_call -> 'approval' ->> 'isReasonRequired')::boolean,
        v_place, v_plan_id, (p_call -> 'approval' ->> 'planIndex')::int
      ) ON CONFLICT (tenant_id, place) WHERE place IS NOT NULL AND status IN ('pending', 'approved') DO NOTHING;
      EXIT WHEN FOUND;
    END LOOP;
  ELSIF v_decision = 'allow' THEN
    INSERT INTO execution (tenant_id, execution_id, call_id, run_id, key_id, started_at)
    VALUES (v_key.tenant_id, v_execution_id, v_call_id, v_run_id, v_key.key_id, v_now);
  END IF;

  PERFORM audit_write(
    v_key.tenant_id, v_key.epoch, p_event_id,
    CASE v_decision WHEN 'allow' THEN 'tool_call.allowed' WHEN 'pending' THEN 'tool_call.pending' ELSE 'tool_call.denied' END,
    'key', v_key.key_id, 'call', v_call_id, v_run_id, v_call_id, v_approval_id, v_execution_id,
    ARRAY[
      'approvalId', 'callId', 'changeHash', 'code', 'decision', 'definition', 'diff', 'dryRun', 'executionId', 'facts',
      'input', 'policyVersion', 'reason', 'reasons', 'rule', 'runId', 'server', 'tier', 'tokenId', 'tool',
      'toolVersion'],
    ARRAY[
      to_json(v_approval_id)::text, to_json(v_call_id)::text, to_json(v_change_hash)::text,
      to_json(p_call -> 'reasons' -> 0 ->> 'code')::text, to_json(v_decision)::text,
      to_json(p_call ->> 'definitionHash')::text, to_json(v_change ->> 'diffDigest')::text,
      CASE WHEN (p_call ->> 'isDryRun')::boolean THEN 'true' END, to_json(v_execution_id)::text,
      to_json(p_call ->> 'factsDigest')::text, to_json(p_call ->> 'inputDigest')::text, v_policy_version::text,
      to_json(p_call ->> 'agentReason')::text, to_json(p_call ->> 'reasonsDigest')::text,
      to_json(p_call ->> 'matchedRule')::text, to_json(v_run_id)::text,
      to_json(p_call ->> 'server')::text, to_json(p_call ->> 'tier')::text, to_json(v_key.token_id)::text,
      to_json(p_call ->> 'name')::text, to_json(p_call ->> 'version')::text],
    ARRAY[
      NULL, NULL, p_salts[1], NULL, NULL, p_salts[2], p_salts[3], NULL, NULL, p_salts[4], p_salts[5], NULL, p_salts[6],
      p_salts[7], p_salts[8], NULL, p_salts[9], NULL, NULL, p_salts[10], p_salts[11]]);

  RETURN jsonb_build_object('code', NULL, 'requestedAt', v_now, 'expiresAt', v_expires, 'moved', v_moved);
END
$$;

-- As in 20261122002900_votes, with that other limit.
CREATE OR REPLACE FUNCTION record_plan(
  p_public_id text, p_secret_mac bytea, p_address inet, p_plan jsonb, p_rules_version bigint, p_calls jsonb,
  p_envelopes bytea[], p_digests text[], p_sizes int[], p_wrapped_keys bytea[], p_sealed bytea[],
  p_idempotency_key bytea, p_body_mac bytea, p_event_ids text[], p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
  v_plan_id text := p_plan ->> 'planId';
  v_run_id text := p_plan ->> 'runId';
  v_count int := jsonb_array_length(p_calls);
  v_opened_at timestamptz(3);
  v_recorded jsonb;
  v_refusal text;
BEGIN
  IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);
  IF NOT 'request' = ANY (v_key.scopes) THEN RETURN '{"code": "scope_missing"}'; END IF;
  IF v_key.rules_version <> p_rules_version THEN RETURN '{"code": "rules_moved"}'; END IF;

  BEGIN
    IF p_idempotency_key IS NOT NULL AND NOT idempotency_claim(
      v_key.tenant_id, v_key.key_id, 'POST /plans', p_idempotency_key, p_body_mac, 201, v_plan_id) THEN
      RETURN jsonb_build_object('code', 'prior', 'prior', idempotency_prior(
        v_key.tenant_id, v_key.key_id, 'POST /plans', p_idempotency_key, p_body_mac));
    END IF;

    UPDATE run SET has_plan = true
    WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id AND run_id = coalesce(v_key.run_id, run_id)
      AND NOT has_plan;
    SELECT opened_at INTO v_opened_at FROM run
    WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id AND run_id = coalesce(v_key.run_id, run_id) FOR SHARE;
    IF NOT FOUND THEN RAISE EXCEPTION USING ERRCODE = 'DS409', MESSAGE = 'not_found'; END IF;

    -- First, as in record_call: whoever turns up meanwhile waits for this and for nothing that it needs.
    IF p_calls @? '$[*].approval.openInRunMax ? (@ != null)' THEN
      PERFORM take_turn_in_run(v_key.tenant_id, v_run_id);
    END IF;

    -- Limits once for all calls, in the order of their scopes, and places one plan after the other: two who take turns
    -- in taking would wait for one another.
    PERFORM hold_to_limits(v_key.tenant_id, p_plan -> 'limits', v_opened_at, clock_timestamp());
    IF p_calls @? '$[*].approval ? (@.openMax != null || @.openForEachMax != null)' THEN
      PERFORM pg_advisory_xact_lock(hashtextextended('deltaseal/place/' || v_key.tenant_id, 0));
    END IF;

    INSERT INTO blob (tenant_id, digest, bytes, wrapped_key, sealed)
    SELECT v_key.tenant_id, b.* FROM unnest(p_digests, p_sizes, p_wrapped_keys, p_sealed) AS b
    ORDER BY 2
    ON CONFLICT DO NOTHING;
    INSERT INTO plan (
      tenant_id, plan_id, run_id, key_id, plan_hash, agent_reason, use_within_seconds, free, created_at
    ) VALUES (
      v_key.tenant_id, v_plan_id, v_run_id, v_key.key_id, p_plan ->> 'planHash', p_plan ->> 'reason',
      (p_plan ->> 'useWithinSeconds')::int, p_plan -> 'free', clock_timestamp()
    );

    FOR i IN 1..v_count LOOP
      v_recorded := record_call(
        p_public_id, p_secret_mac, p_address, p_rules_version, p_calls -> (i - 1), p_envelopes[i], '{}', '{}', '{}',
        '{}', NULL, NULL, p_event_ids[i], p_salts[11 * i - 10 : 11 * i]);
      IF v_recorded ->> 'code' IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DS409', MESSAGE = v_recorded ->> 'code';
      END IF;
    END LOOP;

    PERFORM audit_write(
      v_key.tenant_id, v_key.epoch, p_event_ids[v_count + 1], 'plan.created', 'key', v_key.key_id, 'plan', v_plan_id,
      v_run_id, NULL, NULL, NULL,
      ARRAY['items', 'planHash', 'planId', 'reason', 'runId', 'tokenId', 'useWithinSeconds'],
      ARRAY[
        v_count::text, to_json(p_plan ->> 'planHash')::text, to_json(v_plan_id)::text,
        to_json(p_plan ->> 'reason')::text, to_json(v_run_id)::text, to_json(v_key.token_id)::text,
        p_plan ->> 'useWithinSeconds'],
      ARRAY[NULL, p_salts[11 * v_count + 1], NULL, p_salts[11 * v_count + 2], NULL, NULL, NULL]);
  EXCEPTION WHEN SQLSTATE 'DS409' THEN
    GET STACKED DIAGNOSTICS v_refusal = MESSAGE_TEXT;
    RETURN jsonb_build_object('code', v_refusal);
  END;

  RETURN jsonb_build_object('code', NULL, 'planId', v_plan_id, 'tenantId', v_key.tenant_id);
END
$$;

-- As in 20261122000800_hot_path: functions keep their plans. Replacing one forgets that.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname IN (
      'people_who_decide', 'take_place', 'record_call', 'record_plan')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END
$$;
