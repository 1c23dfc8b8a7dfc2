-- One person counts once, whatever way they came to two votes; and what people said counts for as long as it can be used,
-- and not when it is not what is asked for.

-- These people with all who count as one with any of them: whoever resets a password and the person whose it is, for 24
-- hours, and so on from each of them: who can sign in as two people, or as somebody who can, is one with both.
CREATE OR REPLACE FUNCTION counted_with(p_people text[])
RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_people text[] := p_people;
  v_more text[];
BEGIN
  LOOP
    v_more := ARRAY(
      SELECT DISTINCT linked.person_id
      FROM password_reset r CROSS JOIN LATERAL (VALUES (r.person_id), (r.made_by_id)) AS linked(person_id)
      WHERE r.used_at > clock_timestamp() - interval '24 hours'
        AND (r.person_id = ANY (v_people) OR r.made_by_id = ANY (v_people))
        AND linked.person_id <> ALL (v_people));
    IF cardinality(v_more) = 0 THEN RETURN v_people; END IF;
    v_people := v_people || v_more;
  END LOOP;
END
$$;

-- As in 20261122002700_who_may_vote, but that nobody makes themselves alone: whoever has sent the others away was not alone
-- within the last 24 hours.
CREATE OR REPLACE FUNCTION is_self_review(p_tenant_id text, p_required jsonb, p_tier text, p_person_id text)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  IF NOT p_required @? '$[*] ? (@.selfReview == true)' THEN RETURN false; END IF;
  IF p_tier IS NULL OR p_tier NOT IN ('T0_READ', 'T1_REVERSIBLE_WRITE', 'T2_IRREVERSIBLE_WRITE') THEN RETURN false; END IF;
  IF sole_voter(p_tenant_id) IS DISTINCT FROM p_person_id THEN RETURN false; END IF;

  RETURN NOT EXISTS (
    SELECT FROM rule_edit
    WHERE tenant_id = p_tenant_id AND kind = 'members' AND edited_at > clock_timestamp() - interval '24 hours'
      AND person_id = ANY (counted_with(ARRAY[p_person_id])));
END
$$;

-- As in 20261122002800_stand_ins; what is signed now is kept beside a vote that was cast before and not signed.
CREATE OR REPLACE FUNCTION cast_break_glass_vote(
  p_approval approval, p_person_id text, p_session_id text, p_reason text, p_at timestamptz, p_step_up jsonb
)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO vote (tenant_id, approval_id, person_id, decision, reason, change_hash, session_id, voted_at)
  VALUES (p_approval.tenant_id, p_approval.approval_id, p_person_id, 'approve', p_reason, p_approval.change_hash,
    p_session_id, p_at)
  ON CONFLICT DO NOTHING;
  IF p_step_up IS NOT NULL AND NOT EXISTS (
    SELECT FROM step_up_evidence
    WHERE tenant_id = p_approval.tenant_id AND approval_id = p_approval.approval_id AND person_id = p_person_id) THEN
    PERFORM keep_step_up(p_approval.tenant_id, p_approval.approval_id, p_person_id, p_step_up);
  END IF;
END
$$;

-- The approving votes in the order in which they were cast, each with the roles that it has, or why it does not count:
-- no_reason, unsigned (also where a recovery took away what signed it), as_one with somebody whose vote does, ineligible.
CREATE FUNCTION weighed_votes(p_tenant_id text, p_approval_id text, p_required jsonb)
RETURNS TABLE (voter text, roles text[], why text)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_vote record;
  v_counted text[] := '{}';
  v_as_one text[];
BEGIN
  FOR v_vote IN
    SELECT v.person_id, v.on_behalf_of,
      CASE
        WHEN v.reason IS NULL AND EXISTS (
          SELECT FROM approval a
          WHERE a.tenant_id = p_tenant_id AND a.approval_id = p_approval_id AND a.reason_required) THEN 'no_reason'
        WHEN needs_step_up(p_required) AND NOT EXISTS (
          SELECT FROM step_up_evidence e
          JOIN authenticator k ON k.authenticator_id = e.authenticator_id AND k.removed_because IS DISTINCT FROM 'recovery'
          WHERE e.tenant_id = p_tenant_id AND e.approval_id = p_approval_id AND e.person_id = v.person_id) THEN 'unsigned'
      END AS lacks
    FROM vote v
    WHERE v.tenant_id = p_tenant_id AND v.approval_id = p_approval_id AND v.decision = 'approve'
    ORDER BY v.voted_at, v.person_id
  LOOP
    voter := v_vote.person_id;
    roles := NULL;
    why := v_vote.lacks;
    IF why IS NULL THEN
      v_as_one := counted_with(array_remove(ARRAY[v_vote.person_id, v_vote.on_behalf_of], NULL));
      why := CASE
        WHEN v_as_one && v_counted THEN 'as_one'
        WHEN why_no_vote(p_tenant_id, p_approval_id, p_required, v_vote.person_id, v_vote.on_behalf_of, 'approve')
          IS NOT NULL THEN 'ineligible'
      END;
    END IF;
    IF why IS NULL THEN
      v_counted := v_counted || v_as_one;
      roles := counted_roles(p_tenant_id, v_vote.person_id, v_vote.on_behalf_of);
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;

-- As in 20261122003500_votes_told, but for votes without the reason that a policy asks for since, and for those that were
-- signed with what a recovery took away: owners, administrators (owners too), and all whose votes count.
CREATE OR REPLACE FUNCTION counted_votes(p_tenant_id text, p_approval_id text, p_required jsonb)
RETURNS int[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (
    SELECT ARRAY[
      count(*) FILTER (WHERE roles && ARRAY['owner']),
      count(*) FILTER (WHERE roles && ARRAY['owner', 'admin']),
      count(*) FILTER (WHERE roles && ARRAY['owner', 'admin', 'reviewer'])]::int[]
    FROM weighed_votes(p_tenant_id, p_approval_id, p_required) WHERE why IS NULL);
END
$$;

-- As in 20261122003000_derived; a policy that asks for reasons since is asked as well, and people vote anew where votes have
-- none. policy_moved comes with the origins that the call was granted, as "egress".
CREATE OR REPLACE FUNCTION consume_approval(
  p_public_id text, p_secret_mac bytea, p_address inet, p_approval_id text, p_run_id text, p_change_hash text,
  p_nonce_digest text, p_body_digest text, p_observed text, p_ruling jsonb, p_execution_id text, p_event_id text,
  p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
  v_run_id text;
  v_run_status text;
  v_environment text;
  v_call tool_call;
  v_before_states text;
  v_is_pinned boolean;
  v_is_allowed boolean;
  v_voters jsonb;
  v_voted_on text;
  v_self_reviewed boolean;
  v_approval approval;
  v_execution execution;
  v_code text;
  v_waited boolean;
  v_replayed boolean := false;
BEGIN
  IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);
  IF NOT 'execute' = ANY (v_key.scopes) THEN
    RETURN jsonb_build_object('code', 'scope_missing', 'tenantId', v_key.tenant_id);
  END IF;

  SELECT r.run_id, r.status, r.environment INTO v_run_id, v_run_status, v_environment
  FROM run r JOIN approval a ON a.tenant_id = r.tenant_id AND a.run_id = r.run_id
  WHERE a.tenant_id = v_key.tenant_id AND a.approval_id = p_approval_id FOR SHARE OF r SKIP LOCKED;
  v_waited := NOT FOUND;
  IF NOT FOUND THEN
    SELECT r.run_id, r.status, r.environment INTO v_run_id, v_run_status, v_environment
    FROM run r JOIN approval a ON a.tenant_id = r.tenant_id AND a.run_id = r.run_id
    WHERE a.tenant_id = v_key.tenant_id AND a.approval_id = p_approval_id FOR SHARE OF r;
  END IF;
  IF NOT FOUND OR NOT reaches_run(v_key, v_run_id, v_environment) THEN RETURN '{"code": "not_found"}'; END IF;
  SELECT * INTO v_approval FROM approval
  WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id FOR UPDATE SKIP LOCKED;
  v_waited := v_waited OR NOT FOUND;
  IF NOT FOUND THEN
    SELECT * INTO v_approval FROM approval
    WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id FOR UPDATE;
  END IF;
  IF v_waited THEN
    -- Again, because the key may have been revoked while this spend waited for a row.
    v_key := find_live_key(p_public_id, p_secret_mac, p_address);
    IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  END IF;
  v_voted_on := CASE v_approval.derived_as WHEN 'carry_over' THEN v_approval.derived_from ELSE p_approval_id END;
  -- Everything the spend rests on, in one look: the call, what was there before, whether its tool is still the pinned
  -- one, and whether it may still change what it changes.
  SELECT c.server, c.name, c.version, c.tier, c.definition_hash, c.input_digest, c.dry_run, c.egress, c.taints,
    ch.before_states,
    EXISTS (
      SELECT FROM tool WHERE tenant_id = v_key.tenant_id AND server = c.server AND name = c.name
        AND version = c.version AND definition_hash = c.definition_hash AND tier = c.tier AND status = 'active'),
    EXISTS (
      SELECT FROM tool_allowance allowed
      WHERE allowed.tenant_id = v_key.tenant_id AND allowed.environment = v_environment
        AND allowed.server = c.server AND allowed.name = c.name
        AND (allowed.patch_paths IS NULL OR NOT EXISTS (
          SELECT FROM change_part part, unnest(part.changed_fields) AS field
          WHERE part.tenant_id = v_key.tenant_id AND part.call_id = c.call_id
            AND NOT patch_path_allowed(field, allowed.patch_paths)))),
    (SELECT coalesce(jsonb_agg(person_id ORDER BY voted_at, person_id), '[]') FROM vote
      WHERE tenant_id = v_key.tenant_id AND approval_id = v_voted_on AND decision = 'approve'),
    (SELECT bool_or(self_reviewed) FROM vote
      WHERE tenant_id = v_key.tenant_id AND approval_id = v_voted_on AND decision = 'approve')
  INTO v_call.server, v_call.name, v_call.version, v_call.tier, v_call.definition_hash, v_call.input_digest,
    v_call.dry_run, v_call.egress, v_call.taints, v_before_states, v_is_pinned, v_is_allowed, v_voters, v_self_reviewed
  FROM tool_call c JOIN change ch ON ch.tenant_id = c.tenant_id AND ch.call_id = c.call_id
  WHERE c.tenant_id = v_key.tenant_id AND c.call_id = v_approval.call_id;

  IF v_approval.status = 'consumed' THEN
    SELECT * INTO v_execution FROM execution WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id;
    v_replayed := v_execution.status = 'started' AND is_same_key(v_key, v_execution.key_id)
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
        p_event_id, 'approval.consume_refused', jsonb_build_object('kind', 'key', 'id', v_key.key_id),
        jsonb_build_object('kind', 'approval', 'id', p_approval_id),
        jsonb_build_object(
          'runId', v_approval.run_id, 'callId', v_approval.call_id, 'approvalId', p_approval_id, 'code', v_code,
          'tokenId', v_key.token_id),
        jsonb_build_object('claimedChangeHash', p_change_hash, 'claimedRunId', p_run_id), p_salts);
    END IF;
    RETURN jsonb_build_object('code', v_code, 'status', v_approval.status, 'tenantId', v_key.tenant_id);
  END IF;

  IF NOT v_replayed THEN
    v_code := CASE
      WHEN v_run_status <> 'open' THEN 'cancelled'
      WHEN v_is_pinned IS NOT TRUE THEN 'tool_changed'
      WHEN v_is_allowed IS NOT TRUE THEN 'policy_changed'
      WHEN p_observed IS DISTINCT FROM v_before_states THEN 'before_changed'
    END;
    IF v_code IS NOT NULL THEN
      PERFORM approval_transition(
        v_approval, CASE WHEN v_code IN ('tool_changed', 'before_changed') THEN 'stale' ELSE 'cancelled' END,
        v_code, jsonb_build_object('kind', 'key', 'id', v_key.key_id), p_event_id, p_salts);
      RETURN jsonb_build_object('code', v_code, 'moved', true, 'runId', v_approval.run_id, 'tenantId', v_key.tenant_id);
    END IF;

    IF v_approval.policy_version <> v_key.policy_version THEN
      IF (p_ruling ->> 'policyVersion')::int IS DISTINCT FROM v_key.policy_version THEN
        RETURN jsonb_build_object(
          'code', 'policy_moved', 'tenantId', v_key.tenant_id, 'callId', v_approval.call_id,
          'policyVersion', v_key.policy_version, 'egress', coalesce(v_call.egress, '{}'), 'isTainted', (
            SELECT tainted_at IS NOT NULL FROM run WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id));
      ELSIF p_ruling ->> 'effect' = 'deny' THEN
        PERFORM approval_transition(
          v_approval, 'cancelled', 'policy_changed', jsonb_build_object('kind', 'key', 'id', v_key.key_id), p_event_id,
          p_salts);
        RETURN jsonb_build_object(
          'code', 'policy_changed', 'moved', true, 'runId', v_approval.run_id, 'tenantId', v_key.tenant_id);
      ELSIF p_ruling ->> 'effect' = 'require_approval'
        AND (NOT stages_filled(v_key.tenant_id, p_approval_id, p_ruling -> 'required')
          OR (p_ruling ->> 'isReasonRequired')::boolean AND EXISTS (
            SELECT FROM vote
            WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id AND decision = 'approve'
              AND reason IS NULL)) THEN
        UPDATE approval SET status = 'pending', required = p_ruling -> 'required', version = version + 1,
          policy_version = v_key.policy_version, decided_at = NULL, use_by = NULL,
          reason_required = reason_required OR coalesce((p_ruling ->> 'isReasonRequired')::boolean, false),
          derived_as = nullif(derived_as, 'carry_over')
        WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id AND version = v_approval.version;
        PERFORM audit_append(
          p_event_id, 'approval.reopened', jsonb_build_object('kind', 'key', 'id', v_key.key_id),
          jsonb_build_object('kind', 'approval', 'id', p_approval_id),
          jsonb_build_object(
            'runId', v_approval.run_id, 'callId', v_approval.call_id, 'approvalId', p_approval_id, 'from', 'approved',
            'to', 'pending', 'code', 'policy_changed', 'policyVersion', v_key.policy_version),
          jsonb_build_object('changeHash', v_approval.change_hash), p_salts);
        RETURN jsonb_build_object(
          'code', 'not_approved', 'moved', true, 'runId', v_approval.run_id, 'tenantId', v_key.tenant_id);
      END IF;
    END IF;

    UPDATE approval SET status = 'consumed', version = version + 1
    WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id AND status = 'approved'
      AND version = v_approval.version AND use_by > clock_timestamp();
    IF NOT FOUND THEN
      RETURN jsonb_build_object('code', 'expired', 'status', 'expired', 'tenantId', v_key.tenant_id);
    END IF;

    v_execution.execution_id := p_execution_id;
    INSERT INTO execution (
      tenant_id, execution_id, call_id, run_id, approval_id, key_id, nonce_digest, body_digest, started_at
    ) VALUES (
      v_key.tenant_id, p_execution_id, v_approval.call_id, v_run_id, p_approval_id, v_key.key_id, p_nonce_digest,
      p_body_digest, clock_timestamp()
    );
    IF v_call.taints THEN
      UPDATE run SET tainted_at = clock_timestamp()
      WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id AND tainted_at IS NULL;
    END IF;

    PERFORM audit_write(
      v_key.tenant_id, v_key.epoch, p_event_id, 'approval.consumed', 'key', v_key.key_id, 'approval', p_approval_id,
      v_run_id, v_approval.call_id, p_approval_id, p_execution_id,
      ARRAY[
        'approvalId', 'callId', 'changeHash', 'executionId', 'from', 'input', 'policyVersion',
        'policyVersionAtConsume', 'runId', 'to', 'tokenId'],
      ARRAY[
        to_json(p_approval_id)::text, to_json(v_approval.call_id)::text, to_json(v_approval.change_hash)::text,
        to_json(p_execution_id)::text, '"approved"', to_json(v_call.input_digest)::text,
        v_approval.policy_version::text, v_key.policy_version::text, to_json(v_run_id)::text, '"consumed"',
        to_json(v_key.token_id)::text],
      ARRAY[NULL, NULL, p_salts[1], NULL, NULL, p_salts[2], NULL, NULL, NULL, NULL, NULL]);
  END IF;

  RETURN jsonb_build_object(
    'code', NULL, 'replayed', v_replayed, 'tenantId', v_key.tenant_id, 'runId', v_run_id,
    'permit', jsonb_build_object(
      'executionId', v_execution.execution_id, 'tenantId', v_key.tenant_id, 'runId', v_run_id,
      'server', v_call.server, 'tool', v_call.name, 'toolVersion', v_call.version, 'tier', v_call.tier,
      'definitionHash', v_call.definition_hash, 'inputDigest', v_call.input_digest,
      'changeHash', v_approval.change_hash, 'approvalId', p_approval_id, 'policyVersion', v_approval.policy_version,
      'voters', v_voters, 'selfReviewed', v_self_reviewed IS TRUE,
      'derivedFrom', CASE v_approval.derived_as WHEN 'carry_over' THEN v_approval.derived_from END, 'isDryRun', v_call.dry_run, 'egress', coalesce(v_call.egress, '{}')));
END
$$;

-- Whether the decision on one that is over can still be carried over to another run (may_carry_over looks at all of it).
CREATE FUNCTION is_decision_left(p_approval approval)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN p_approval.carry_hash IS NOT NULL AND p_approval.decided_at IS NOT NULL
    AND (p_approval.status = 'expired' OR p_approval.status = 'cancelled' AND p_approval.ended_because = 'run_closed')
    AND NOT EXISTS (
      SELECT FROM approval
      WHERE tenant_id = p_approval.tenant_id AND derived_from = p_approval.approval_id);
END
$$;

-- As in 20261122002900_votes, and also where the decision can still be carried over: it stays over, and carries no further.
CREATE OR REPLACE FUNCTION withdraw_vote(p_session_id text, p_approval_id text, p_event_id text, p_salts text[])
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_tenant text;
  v_approval approval;
  v_status text;
BEGIN
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  SELECT tenant_id INTO v_tenant FROM approval WHERE approval_id = p_approval_id;
  IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;
  PERFORM set_config('app.tenant', v_tenant, true);

  PERFORM FROM run r JOIN approval a ON a.tenant_id = r.tenant_id AND a.run_id = r.run_id
  WHERE a.tenant_id = v_tenant AND a.approval_id = p_approval_id FOR SHARE OF r;
  SELECT * INTO v_approval FROM approval WHERE tenant_id = v_tenant AND approval_id = p_approval_id FOR UPDATE;
  -- Again, because the session or the membership may have ended while this waited for the row.
  v_person := bind_session(p_session_id);
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  IF NOT v_tenant = ANY (string_to_array(current_setting('app.tenants'), ',')) THEN
    RETURN '{"code": "not_found"}';
  END IF;
  IF NOT voting_roles(v_tenant, v_person ->> 'personId') && ARRAY['owner', 'admin', 'reviewer']
    AND NOT EXISTS (
      SELECT FROM vote
      WHERE tenant_id = v_tenant AND approval_id = p_approval_id AND person_id = v_person ->> 'personId') THEN
    RETURN jsonb_build_object('code', 'forbidden', 'tenantId', v_tenant);
  END IF;

  IF approval_expire_if_due(v_approval, p_event_id, p_salts) THEN
    RETURN jsonb_build_object('code', 'expired', 'tenantId', v_tenant, 'moved', true);
  END IF;
  IF v_approval.status NOT IN ('pending', 'approved') AND NOT is_decision_left(v_approval) THEN
    RETURN jsonb_build_object('tenantId', v_tenant, 'code', CASE v_approval.status
      WHEN 'expired' THEN 'expired' WHEN 'consumed' THEN 'already_consumed' ELSE 'approval_closed' END);
  END IF;
  IF NOT keep_withdrawn_vote(v_tenant, p_approval_id, v_person ->> 'personId', p_event_id) THEN
    RETURN jsonb_build_object('code', 'not_voted', 'tenantId', v_tenant);
  END IF;

  v_status := CASE
    WHEN v_approval.status NOT IN ('pending', 'approved') THEN v_approval.status
    WHEN v_approval.status = 'approved' AND stages_filled(v_tenant, p_approval_id, v_approval.required) THEN 'approved'
    ELSE 'pending' END;
  UPDATE approval SET status = v_status, version = version + 1,
    decided_at = CASE WHEN v_status <> 'pending' THEN decided_at END,
    use_by = CASE WHEN v_status <> 'pending' THEN use_by END
  WHERE tenant_id = v_tenant AND approval_id = p_approval_id AND version = v_approval.version
    AND status = v_approval.status;
  IF NOT FOUND THEN RAISE EXCEPTION 'the approval moved under its lock'; END IF;

  PERFORM audit_append(
    p_event_id, 'approval.vote_withdrawn', jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId'),
    jsonb_build_object('kind', 'approval', 'id', p_approval_id),
    jsonb_build_object(
      'runId', v_approval.run_id, 'callId', v_approval.call_id, 'approvalId', p_approval_id, 'sessionId', p_session_id,
      'from', v_approval.status, 'to', v_status),
    jsonb_build_object('changeHash', v_approval.change_hash), p_salts);

  RETURN jsonb_build_object('code', NULL, 'tenantId', v_tenant, 'runId', v_approval.run_id);
END
$$;

-- As in 20261122000800_hot_path: functions keep their plans. Replacing one forgets that.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname IN (
      'counted_with', 'is_self_review', 'cast_break_glass_vote', 'weighed_votes', 'counted_votes', 'consume_approval',
      'is_decision_left', 'withdraw_vote')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END
$$;
