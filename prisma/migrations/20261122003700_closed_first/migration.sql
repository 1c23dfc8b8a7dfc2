-- Who could have decided on an approval hears that it is over, whatever they could still have added to it.

-- As in 20261122002800_stand_ins, but that nothing needs to be missing from one that is over.
CREATE OR REPLACE FUNCTION acting_for(p_tenant_id text, p_approval_id text, p_person_id text, p_decision text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_own text[];
  v_required jsonb;
  v_is_pending boolean;
  v_counted int[];
  v_missing int;
  v_absent record;
  v_has_voted boolean;
  v_first text;
BEGIN
  IF NOT EXISTS (SELECT FROM lent_roles(p_tenant_id, p_person_id, NULL)) THEN RETURN NULL; END IF;
  v_own := own_roles(p_tenant_id, p_person_id);
  SELECT required, status = 'pending' INTO v_required, v_is_pending FROM approval
  WHERE tenant_id = p_tenant_id AND approval_id = p_approval_id;
  v_counted := counted_votes(p_tenant_id, p_approval_id, v_required);
  v_missing := votes_missing(v_required, v_counted);
  IF (p_decision = 'approve' AND votes_missing(v_required, with_vote(v_counted, v_own)) < v_missing)
    OR (p_decision <> 'approve' AND v_own && ARRAY['owner', 'admin', 'reviewer']) THEN
    RETURN NULL;
  END IF;

  FOR v_absent IN SELECT * FROM lent_roles(p_tenant_id, p_person_id, NULL) LOOP
    CONTINUE WHEN v_is_pending AND p_decision = 'approve'
      AND votes_missing(v_required, with_vote(v_counted, v_own || v_absent.roles)) >= v_missing;
    v_has_voted := EXISTS (
      SELECT FROM vote
      WHERE tenant_id = p_tenant_id AND approval_id = p_approval_id
        AND v_absent.absent_id IN (person_id, on_behalf_of));
    -- Whoever has approved does not also deny by another.
    CONTINUE WHEN v_is_pending AND v_has_voted AND p_decision <> 'approve';
    v_first := coalesce(v_first, v_absent.absent_id);
    IF NOT v_has_voted AND why_no_vote(
      p_tenant_id, p_approval_id, v_required, p_person_id, v_absent.absent_id, p_decision) IS NULL THEN
      RETURN v_absent.absent_id;
    END IF;
  END LOOP;

  -- Nobody's place can be taken: one's own vote, if that may be cast at all, and else the reason why not.
  RETURN CASE WHEN v_own && roles_asked(v_required) THEN NULL ELSE v_first END;
END
$$;

-- As in 20261122003000_derived, with the same answer to the same state whether it is found on the first look or under
-- the lock.
CREATE OR REPLACE FUNCTION approve_in_part(
  p_session_id text, p_approval_id text, p_change_hash text, p_reason text, p_derived jsonb, p_envelope bytea,
  p_digests text[], p_sizes int[], p_wrapped_keys bytea[], p_sealed bytea[], p_event_ids text[], p_salts text[],
  p_step_up jsonb DEFAULT NULL
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_tenant text;
  v_old approval;
  v_new_id text := p_derived ->> 'approvalId';
  v_call_id text := p_derived ->> 'callId';
  v_change jsonb := p_derived -> 'change';
  v_answer jsonb;
BEGIN
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  SELECT tenant_id INTO v_tenant FROM approval WHERE approval_id = p_approval_id;
  IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;
  PERFORM set_config('app.tenant', v_tenant, true);

  PERFORM FROM run r JOIN approval a ON a.tenant_id = r.tenant_id AND a.run_id = r.run_id
  WHERE a.tenant_id = v_tenant AND a.approval_id = p_approval_id FOR SHARE OF r;
  SELECT * INTO v_old FROM approval WHERE tenant_id = v_tenant AND approval_id = p_approval_id FOR UPDATE;
  IF v_old.plan_id IS NOT NULL THEN RETURN jsonb_build_object('code', 'plan_item', 'tenantId', v_tenant); END IF;
  IF v_old.status = 'pending' AND v_old.policy_version <> (p_derived ->> 'policyVersion')::int THEN
    RETURN jsonb_build_object('code', 'conflict', 'tenantId', v_tenant);
  END IF;

  BEGIN
    v_answer := cast_vote(
      p_session_id, p_approval_id, 'deny', p_change_hash, p_reason, p_event_ids[1], p_salts[1:4]);
    IF v_answer ->> 'code' IS NOT NULL THEN
      -- Whoever may see it was told first that it is over when it was looked at, and is now.
      RETURN CASE
        WHEN v_old.status = 'pending' OR v_answer ->> 'code' IN ('unauthenticated', 'not_found') THEN v_answer
        ELSE jsonb_build_object('code', 'approval_closed', 'tenantId', v_tenant) END;
    END IF;
    UPDATE approval SET ended_because = 'approved_in_part'
    WHERE tenant_id = v_tenant AND approval_id = p_approval_id;

    INSERT INTO blob (tenant_id, digest, bytes, wrapped_key, sealed)
    SELECT v_tenant, b.* FROM unnest(p_digests, p_sizes, p_wrapped_keys, p_sealed) AS b
    ORDER BY 2
    ON CONFLICT DO NOTHING;
    INSERT INTO tool_call (
      tenant_id, call_id, run_id, key_id, server, name, version, tier, definition_hash, decision, reasons,
      agent_reason, input_digest, input_redacted, policy_version, requested_at, matched_rule, checks, facts_digest,
      dry_run, egress, taints)
    SELECT tenant_id, v_call_id, run_id, key_id, server, name, version, tier, definition_hash, decision, reasons,
      agent_reason, input_digest, input_redacted, policy_version, clock_timestamp(), p_derived ->> 'matchedRule',
      p_derived ->> 'checks', p_derived ->> 'factsDigest', (p_derived ->> 'isDryRun')::boolean,
      ARRAY(SELECT jsonb_array_elements_text(p_derived -> 'egress')), (p_derived ->> 'taints')::boolean
    FROM tool_call WHERE tenant_id = v_tenant AND call_id = v_old.call_id;
    PERFORM keep_change(v_tenant, v_call_id, v_change, p_envelope);
    PERFORM assert_parts_of(v_tenant, v_old.call_id, v_call_id, p_derived -> 'parts');

    INSERT INTO approval (
      tenant_id, approval_id, call_id, run_id, key_id, change_hash, required, policy_version, requested_at, expires_at,
      use_within_seconds, reason_required, place, derived_from, derived_as
    ) VALUES (
      v_tenant, v_new_id, v_call_id, v_old.run_id, v_old.key_id, v_change ->> 'changeHash', p_derived -> 'required',
      v_old.policy_version, clock_timestamp(), v_old.expires_at, (p_derived ->> 'useWithinSeconds')::int,
      (p_derived ->> 'isReasonRequired')::boolean, v_old.place, p_approval_id, 'part'
    );
    PERFORM audit_append(
      p_event_ids[2], 'approval.derived', jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId'),
      jsonb_build_object('kind', 'approval', 'id', v_new_id),
      jsonb_build_object(
        'runId', v_old.run_id, 'callId', v_call_id, 'approvalId', v_new_id, 'derivedFrom', p_approval_id,
        'parts', (SELECT string_agg(value, ',') FROM jsonb_array_elements_text(p_derived -> 'parts')), 'to', 'pending',
        'policyVersion', v_old.policy_version),
      jsonb_build_object(
        'changeHash', v_change ->> 'changeHash', 'diff', v_change ->> 'diffDigest', 'facts', p_derived ->> 'factsDigest'),
      p_salts[5:8]);

    IF p_step_up IS NOT NULL THEN
      UPDATE step_up_challenge SET approval_id = v_new_id
      WHERE tenant_id = v_tenant AND challenge = p_step_up ->> 'challenge' AND approval_id = p_approval_id
        AND person_id = v_person ->> 'personId' AND change_hash = v_change ->> 'changeHash';
    END IF;
    v_answer := cast_vote(
      p_session_id, v_new_id, 'approve', v_change ->> 'changeHash', p_reason, p_event_ids[3], p_salts[9:12], p_step_up);
    IF v_answer ->> 'code' IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = 'DS409', MESSAGE = 'refused'; END IF;
  EXCEPTION WHEN SQLSTATE 'DS409' THEN
    RETURN v_answer - 'moved';
  END;

  RETURN jsonb_build_object('code', NULL, 'tenantId', v_tenant, 'runId', v_old.run_id);
END
$$;

-- As in 20261122000800_hot_path: functions keep their plans. Replacing one forgets that.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname IN ('acting_for', 'approve_in_part')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END
$$;
