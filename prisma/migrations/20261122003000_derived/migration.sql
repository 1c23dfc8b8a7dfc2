-- Approvals that are made of others (SPEC 4.2.8): of some parts of one, or of the same change in another run.

-- AlterTable
ALTER TABLE "approval" ADD COLUMN "derived_as" TEXT,
ADD COLUMN "carry_hash" TEXT;
-- `part`: some parts of it. `carry_over`: all of it, and with it its votes.
ALTER TABLE "approval" ADD CONSTRAINT "approval_derived_as" CHECK (
    "derived_as" IN ('part', 'carry_over') AND ("derived_as" IS NULL OR "derived_from" IS NOT NULL));

-- What was decided once is made into something else once.
CREATE UNIQUE INDEX "approval_tenant_id_derived_from_key" ON "approval"("tenant_id", "derived_from");

-- Those that may not be carried over are not in it.
CREATE INDEX "approval_carry_idx" ON "approval" ("tenant_id", "carry_hash") WHERE "carry_hash" IS NOT NULL;

-- AddForeignKey
ALTER TABLE "approval" ADD CONSTRAINT "approval_tenant_id_derived_from_fkey" FOREIGN KEY ("tenant_id", "derived_from") REFERENCES "approval"("tenant_id", "approval_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What is signed for an approval that is yet to be made is kept with the one it is made of until then.
GRANT UPDATE ("approval_id") ON "step_up_challenge" TO deltaseal_app;

-- Approves some parts of a pending approval: denies it with this person's vote, makes a new one of those parts alone and
-- casts this person's approving vote on that; all of it or nothing.
--
-- p_derived is {approvalId, callId, parts[], policyVersion, required, useWithinSeconds, isReasonRequired, matchedRule,
-- checks, factsDigest, isDryRun, egress[], taints, change}, the change as record_call takes it and `parts` the positions
-- of its parts in the old one. Event ids: of the denial, the new approval and the vote; salts 4 each. Codes: those of
-- cast_vote; plan_item; conflict when the old one is not what the new one was made of; null with "tenantId" and "runId".
CREATE FUNCTION approve_in_part(
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
    IF v_answer ->> 'code' IS NOT NULL THEN RETURN v_answer; END IF;
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

-- That a change is made of some parts of another, to the letter and in their order, and not of all of them. What no code
-- may get wrong is looked at here too.
CREATE FUNCTION assert_parts_of(p_tenant_id text, p_old_call_id text, p_new_call_id text, p_positions jsonb)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  v_old int;
  v_new int;
  v_same int;
BEGIN
  SELECT count(*) INTO v_old FROM change_part WHERE tenant_id = p_tenant_id AND call_id = p_old_call_id;
  SELECT count(*) INTO v_new FROM change_part WHERE tenant_id = p_tenant_id AND call_id = p_new_call_id;
  SELECT count(*) INTO v_same
  FROM (
    SELECT value::int AS position, ordinality, lag(value::int, 1, 0) OVER (ORDER BY ordinality) AS earlier
    FROM jsonb_array_elements_text(p_positions) WITH ORDINALITY
  ) chosen
  JOIN change_part o ON o.tenant_id = p_tenant_id AND o.call_id = p_old_call_id AND o.position = chosen.position
  JOIN change_part n ON n.tenant_id = p_tenant_id AND n.call_id = p_new_call_id AND n.position = chosen.ordinality
  WHERE chosen.position > chosen.earlier AND n.kind = o.kind AND n.op = o.op AND n.target = o.target
    AND n.before_state = o.before_state AND n.after_state = o.after_state;

  IF v_new = 0 OR v_new >= v_old OR v_same <> v_new OR jsonb_array_length(p_positions) <> v_new THEN
    RAISE EXCEPTION 'a change in part is not some of the parts it was made of';
  END IF;
END
$$;

-- Whether a decision may be carried over to an approval that waits: people approved the same change in another run of the
-- same work, asked for by the same key, so short ago, and it was neither spent, nor ended by anybody who wanted it to
-- end, nor carried over before; nobody signed it, and nobody would have to sign the new one; and by the votes that were
-- cast on it the new one is approved, each of their voters being free to vote on that now.
CREATE FUNCTION may_carry_over(p_key live_key, p_old approval, p_new approval, p_seconds int)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  IF p_old.plan_id IS NOT NULL OR p_new.plan_id IS NOT NULL OR p_old.derived_as IS NOT DISTINCT FROM 'carry_over'
    OR p_old.run_id = p_new.run_id OR p_old.carry_hash IS NULL OR approval_status_now(p_new) <> 'pending'
    OR p_old.decided_at IS NULL OR p_old.decided_at <= clock_timestamp() - make_interval(secs => p_seconds)
    OR needs_step_up(p_old.required) OR needs_step_up(p_new.required) OR NOT is_same_key(p_key, p_old.key_id) THEN
    RETURN false;
  END IF;

  -- Whoever closes a run by hand, or stops it, may have wanted what waited there to end.
  IF approval_status_now(p_old) NOT IN ('approved', 'expired') AND NOT (
    p_old.status = 'cancelled' AND p_old.ended_because = 'run_closed' AND EXISTS (
      SELECT FROM audit_leaf
      WHERE tenant_id = p_old.tenant_id AND run_id = p_old.run_id AND type = 'run.closed'
        AND convert_from(leaf, 'UTF8')::jsonb -> 'actor' ->> 'kind' = 'key')) THEN
    RETURN false;
  END IF;

  RETURN NOT EXISTS (
      SELECT FROM execution WHERE tenant_id = p_old.tenant_id AND approval_id = p_old.approval_id)
    -- The glass was broken for that one call.
    AND NOT EXISTS (
      SELECT FROM break_glass
      WHERE tenant_id = p_old.tenant_id AND approval_id = p_old.approval_id AND status = 'approved')
    AND NOT EXISTS (
      SELECT FROM approval WHERE tenant_id = p_old.tenant_id AND derived_from = p_old.approval_id)
    AND EXISTS (
      SELECT FROM run o JOIN run n ON n.tenant_id = o.tenant_id AND n.environment = o.environment
        AND n.workflow = o.workflow AND n.step IS NOT DISTINCT FROM o.step
      WHERE o.tenant_id = p_old.tenant_id AND o.run_id = p_old.run_id AND n.run_id = p_new.run_id)
    AND EXISTS (
      SELECT FROM tool_call o JOIN tool_call n ON n.tenant_id = o.tenant_id AND n.dry_run = o.dry_run
      WHERE o.tenant_id = p_old.tenant_id AND o.call_id = p_old.call_id AND n.call_id = p_new.call_id)
    AND NOT EXISTS (
      SELECT FROM vote v
      WHERE v.tenant_id = p_old.tenant_id AND v.approval_id = p_old.approval_id AND v.decision = 'approve'
        AND (p_new.reason_required AND v.reason IS NULL OR why_no_vote(
          v.tenant_id, p_new.approval_id, p_new.required, v.person_id, v.on_behalf_of, 'approve') IS NOT NULL))
    AND stages_filled(p_old.tenant_id, p_old.approval_id, p_new.required);
END
$$;

-- Carries a decision over to an approval that this key has just asked for, where there is one that may be, and makes it
-- known for later ones by p_carry_hash. Where it is still open in its own run it is cancelled there. Event ids: of that and
-- of the carrying; salts 4 each. Codes: unauthenticated, not_found; null with "carried", which is null or {approvalId,
-- runId, version, useBy, decidedAt} with the id and run of the old one.
CREATE FUNCTION carry_over(
  p_public_id text, p_secret_mac bytea, p_address inet, p_approval_id text, p_carry_hash text, p_seconds int,
  p_event_ids text[], p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
  v_actor jsonb;
  v_hash text;
  v_old approval;
  v_new approval;
  v_found boolean;
BEGIN
  IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);
  v_actor := jsonb_build_object('kind', 'key', 'id', v_key.key_id);
  -- What was decided before a restore may have been spent in the time that is lost.
  v_hash := v_key.epoch || '/' || p_carry_hash;
  SELECT * INTO v_new FROM approval
  WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id AND key_id = v_key.key_id;
  IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;

  SELECT a.* INTO v_old FROM approval a
  WHERE a.tenant_id = v_key.tenant_id AND a.carry_hash = v_hash AND may_carry_over(v_key, a, v_new, p_seconds)
  ORDER BY a.decided_at DESC, a.approval_id LIMIT 1;
  v_found := FOUND;
  IF v_found THEN
    PERFORM FROM run WHERE tenant_id = v_key.tenant_id AND run_id IN (v_old.run_id, v_new.run_id)
    ORDER BY run_id FOR SHARE;
    PERFORM FROM approval WHERE tenant_id = v_key.tenant_id AND approval_id IN (v_old.approval_id, v_new.approval_id)
    ORDER BY approval_id FOR UPDATE;
    SELECT * INTO v_old FROM approval WHERE tenant_id = v_key.tenant_id AND approval_id = v_old.approval_id;
    SELECT * INTO v_new FROM approval WHERE tenant_id = v_key.tenant_id AND approval_id = v_new.approval_id;
    -- Again, because the key, the rows and the people may have moved while this waited for the locks.
    v_key := find_live_key(p_public_id, p_secret_mac, p_address);
    IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
    v_found := v_old.carry_hash = v_hash AND may_carry_over(v_key, v_old, v_new, p_seconds);
  END IF;
  IF NOT v_found THEN
    UPDATE approval SET carry_hash = v_hash WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id;
    RETURN '{"code": null, "carried": null}';
  END IF;

  IF v_old.status = 'approved' AND NOT approval_expire_if_due(v_old, p_event_ids[1], p_salts[1:4]) THEN
    PERFORM approval_transition(v_old, 'cancelled', 'carried_over', v_actor, p_event_ids[1], p_salts[1:4]);
  END IF;
  UPDATE approval SET status = 'approved', version = version + 1, decided_at = clock_timestamp(),
    use_by = clock_timestamp() + make_interval(secs => use_within_seconds), derived_from = v_old.approval_id,
    derived_as = 'carry_over'
  WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id AND version = v_new.version
  RETURNING * INTO STRICT v_new;
  PERFORM audit_append(
    p_event_ids[2], 'approval.carried_over', v_actor, jsonb_build_object('kind', 'approval', 'id', p_approval_id),
    jsonb_build_object(
      'runId', v_new.run_id, 'callId', v_new.call_id, 'approvalId', p_approval_id, 'derivedFrom', v_old.approval_id,
      'from', 'pending', 'to', 'approved', 'policyVersion', v_new.policy_version, 'tokenId', v_key.token_id,
      'voters', (
        SELECT string_agg(person_id, ',' ORDER BY voted_at, person_id) FROM vote
        WHERE tenant_id = v_key.tenant_id AND approval_id = v_old.approval_id AND decision = 'approve')),
    jsonb_build_object('changeHash', v_new.change_hash, 'decidedChangeHash', v_old.change_hash), p_salts[5:8]);

  RETURN jsonb_build_object('code', NULL, 'carried', jsonb_build_object(
    'tenantId', v_key.tenant_id, 'approvalId', v_old.approval_id, 'runId', v_old.run_id, 'version', v_new.version,
    'useBy', v_new.use_by, 'decidedAt', v_new.decided_at));
END
$$;

-- As in 20261122002000_plans. Where a decision was carried over, its votes stand with the approval that it came from: the
-- permit names both. Under another policy they count no more, and people vote anew.
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
          'policyVersion', v_key.policy_version, 'isTainted', (
            SELECT tainted_at IS NOT NULL FROM run WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id));
      ELSIF p_ruling ->> 'effect' = 'deny' THEN
        PERFORM approval_transition(
          v_approval, 'cancelled', 'policy_changed', jsonb_build_object('kind', 'key', 'id', v_key.key_id), p_event_id,
          p_salts);
        RETURN jsonb_build_object(
          'code', 'policy_changed', 'moved', true, 'runId', v_approval.run_id, 'tenantId', v_key.tenant_id);
      ELSIF p_ruling ->> 'effect' = 'require_approval'
        AND NOT stages_filled(v_key.tenant_id, p_approval_id, p_ruling -> 'required') THEN
        UPDATE approval SET status = 'pending', required = p_ruling -> 'required', version = version + 1,
          policy_version = v_key.policy_version, decided_at = NULL, use_by = NULL,
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

-- As in 20261122000800_hot_path: functions keep their plans. Replacing one forgets that.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname IN (
      'approve_in_part', 'assert_parts_of', 'may_carry_over', 'carry_over', 'consume_approval')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END
$$;
