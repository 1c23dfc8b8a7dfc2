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

-- Keeps a change with its parts, as record_call does: a before that is not what the last execution left behind is flagged.
CREATE FUNCTION keep_change(p_tenant_id text, p_call_id text, p_change jsonb, p_envelope bytea)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  v_moved int[];
BEGIN
  SELECT coalesce(array_agg(part.position), '{}') INTO v_moved
  FROM jsonb_array_elements(p_change -> 'parts') WITH ORDINALITY AS part(value, position)
  WHERE EXISTS (
    SELECT FROM target_state s
    WHERE s.tenant_id = p_tenant_id AND s.target_key = part.value ->> 'targetKey'
      AND s.state <> part.value -> 'beforeObserved')
  OR EXISTS (
    SELECT FROM target_state s
    WHERE s.tenant_id = p_tenant_id AND s.target_key = part.value ->> 'fromKey'
      AND s.state <> part.value -> 'fromObserved');

  INSERT INTO change (
    tenant_id, call_id, change_hash, envelope, before_states, after_states, diff_digest, sentence, effects, flags
  ) VALUES (
    p_tenant_id, p_call_id, p_change ->> 'changeHash', p_envelope, p_change ->> 'beforeStates',
    p_change ->> 'afterStates', p_change ->> 'diffDigest', p_change ->> 'sentence',
    ARRAY(SELECT jsonb_array_elements_text(p_change -> 'effects')),
    ARRAY(SELECT jsonb_array_elements_text(p_change -> 'flags'))
      || CASE WHEN v_moved = '{}' THEN '{}'::text[] ELSE ARRAY['before_unexpected'] END
  );

  INSERT INTO change_part (
    tenant_id, call_id, position, kind, op, target, target_key, before_state, after_state, before_digest,
    after_digest, added, removed, hidden_characters, flags, changed_fields, from_key, recipients
  )
  SELECT p_tenant_id, p_call_id, part.position, part.value ->> 'kind', part.value ->> 'op', part.value -> 'target',
    part.value ->> 'targetKey', part.value -> 'before', part.value -> 'after', part.value -> 'before' ->> 'digest',
    part.value -> 'after' ->> 'digest', (part.value ->> 'added')::int, (part.value ->> 'removed')::int,
    (part.value ->> 'hiddenCharacters')::int,
    ARRAY(SELECT jsonb_array_elements_text(part.value -> 'flags'))
      || CASE WHEN part.position = ANY (v_moved) THEN ARRAY['before_unexpected'] ELSE '{}'::text[] END,
    ARRAY(SELECT jsonb_array_elements_text(part.value -> 'changedFields')), part.value ->> 'fromKey',
    CASE WHEN part.value ? 'recipients'
      THEN ARRAY(SELECT decode(mac, 'hex') FROM jsonb_array_elements_text(part.value -> 'recipients') AS mac) END
  FROM jsonb_array_elements(p_change -> 'parts') WITH ORDINALITY AS part(value, position);
END
$$;

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
