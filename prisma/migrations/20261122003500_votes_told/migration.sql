-- What was left of votes and of who casts them: what a reader is told of them, that who resets a password counts as one
-- with the person whose it is, and edits that no rule reads any more.

-- AlterTable
ALTER TABLE "simulated_call" ADD COLUMN "was_required" JSONB,
ADD COLUMN "now_required" JSONB;

-- CreateIndex
CREATE INDEX "rule_edit_edited_at_idx" ON "rule_edit"("edited_at");

-- CreateIndex
CREATE INDEX "password_reset_used_at_idx" ON "password_reset"("used_at");

-- CreateIndex
CREATE INDEX "vote_tenant_id_voted_at_idx" ON "vote"("tenant_id", "voted_at");

-- As in 20261122000900_jobs: whose rows are due, answered with one tenant's id.
CREATE POLICY lookup_due ON "rule_edit" FOR SELECT TO CURRENT_USER
  USING (current_setting('app.lookup', true) = 'due');

-- The tenant of the oldest edit that no rule reads any more, or null. They are read for 24 hours.
CREATE FUNCTION tenant_of_oldest_edit()
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT e.tenant_id FROM public.rule_edit e
    WHERE e.edited_at <= now() - interval '25 hours' ORDER BY e.edited_at LIMIT 1);
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

-- Forgets such edits of the bound tenant, and gives how many. The serving role cannot delete any other.
CREATE FUNCTION forget_old_edits(p_max int)
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_forgotten int;
BEGIN
  DELETE FROM public.rule_edit WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.rule_edit
    WHERE tenant_id = current_setting('app.tenant') AND edited_at <= now() - interval '25 hours' LIMIT p_max));
  GET DIAGNOSTICS v_forgotten = ROW_COUNT;

  RETURN v_forgotten;
END
$$;

REVOKE ALL ON FUNCTION tenant_of_oldest_edit(), forget_old_edits(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_of_oldest_edit(), forget_old_edits(int) TO deltaseal_app;

-- People with those they count as one with. Whoever makes the link by which a password is set can have set it and be in
-- that account, so for 24 hours after that the two are one person, whichever of them votes.
CREATE FUNCTION counted_with(p_people text[])
RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN p_people || ARRAY(
    SELECT CASE WHEN r.person_id = ANY (p_people) THEN r.made_by_id ELSE r.person_id END
    FROM password_reset r
    WHERE r.used_at > clock_timestamp() - interval '24 hours'
      AND (r.person_id = ANY (p_people) OR r.made_by_id = ANY (p_people)));
END
$$;

-- As in 20261122002700_who_may_vote, and then counts_as_one: with somebody who is part of what is asked for, or who
-- edited that by which it is decided.
CREATE OR REPLACE FUNCTION why_no_vote(
  p_tenant_id text, p_approval_id text, p_required jsonb, p_person_id text, p_on_behalf_of text, p_decision text
)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_people text[] := array_remove(ARRAY[p_person_id, p_on_behalf_of], NULL);
  v_as_one text[];
  v_asked record;
BEGIN
  IF NOT counted_roles(p_tenant_id, p_person_id, p_on_behalf_of) && (CASE p_decision
    WHEN 'approve' THEN roles_asked(p_required) ELSE ARRAY['owner', 'admin', 'reviewer'] END) THEN
    RETURN 'forbidden';
  END IF;

  SELECT a.key_id, r.operator_id, c.server, c.name, c.tier INTO v_asked
  FROM approval a
  JOIN run r ON r.tenant_id = a.tenant_id AND r.run_id = a.run_id
  JOIN api_key k ON k.tenant_id = a.tenant_id AND k.key_id = a.key_id
  JOIN tool_call c ON c.tenant_id = a.tenant_id AND c.call_id = a.call_id
  WHERE a.tenant_id = p_tenant_id AND a.approval_id = p_approval_id;
  -- Nothing is known of what was asked, so nobody is known to be apart from it.
  IF NOT FOUND THEN RETURN 'forbidden'; END IF;
  IF is_self_review(p_tenant_id, p_required, v_asked.tier, p_person_id) THEN RETURN NULL; END IF;

  IF is_part_of(p_tenant_id, v_asked.key_id, v_asked.operator_id, v_people) THEN
    RETURN 'separation_of_duties';
  END IF;
  IF EXISTS (
    SELECT FROM unnest(v_people) AS person_id
    WHERE recent_edit(p_tenant_id, person_id, v_asked.server, v_asked.name) IS NOT NULL) THEN
    RETURN 'edited_recently';
  END IF;
  v_as_one := counted_with(v_people);
  IF v_as_one <> v_people AND (
    is_part_of(p_tenant_id, v_asked.key_id, v_asked.operator_id, v_as_one) OR EXISTS (
      SELECT FROM unnest(v_as_one) AS person_id
      WHERE recent_edit(p_tenant_id, person_id, v_asked.server, v_asked.name) IS NOT NULL)) THEN
    RETURN 'counts_as_one';
  END IF;

  RETURN NULL;
END
$$;

-- As in 20261122002700_who_may_vote; who counts as one with somebody whose vote counts adds nothing to it.
CREATE OR REPLACE FUNCTION counted_votes(p_tenant_id text, p_approval_id text, p_required jsonb)
RETURNS int[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_vote record;
  v_counted text[] := '{}';
  v_as_one text[];
  v_roles text[];
  v_owners int := 0;
  v_admins int := 0;
  v_voters int := 0;
BEGIN
  FOR v_vote IN
    SELECT v.person_id, v.on_behalf_of FROM vote v
    WHERE v.tenant_id = p_tenant_id AND v.approval_id = p_approval_id AND v.decision = 'approve'
      AND (NOT needs_step_up(p_required) OR EXISTS (
        SELECT FROM step_up_evidence e
        WHERE e.tenant_id = p_tenant_id AND e.approval_id = p_approval_id AND e.person_id = v.person_id))
    ORDER BY v.voted_at, v.person_id
  LOOP
    v_as_one := counted_with(array_remove(ARRAY[v_vote.person_id, v_vote.on_behalf_of], NULL));
    CONTINUE WHEN v_as_one && v_counted;
    CONTINUE WHEN why_no_vote(
      p_tenant_id, p_approval_id, p_required, v_vote.person_id, v_vote.on_behalf_of, 'approve') IS NOT NULL;
    v_counted := v_counted || v_as_one;
    v_roles := counted_roles(p_tenant_id, v_vote.person_id, v_vote.on_behalf_of);
    v_owners := v_owners + (v_roles && ARRAY['owner'])::int;
    v_admins := v_admins + (v_roles && ARRAY['owner', 'admin'])::int;
    v_voters := v_voters + (v_roles && ARRAY['owner', 'admin', 'reviewer'])::int;
  END LOOP;

  RETURN ARRAY[v_owners, v_admins, v_voters];
END
$$;

-- As in 20261122002800_stand_ins, and then counts_as_one, and second_person_required where somebody began with whom this
-- person counts as one.
CREATE OR REPLACE FUNCTION why_no_break_glass(p_approval approval, p_person_id text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_operator_id text;
  v_as_one text[] := counted_with(ARRAY[p_person_id]);
BEGIN
  IF NOT EXISTS (
    SELECT FROM membership m
    JOIN person p ON p.person_id = m.person_id AND p.disabled_at IS NULL
    JOIN tenant t ON t.tenant_id = p_approval.tenant_id AND t.agency_id = m.agency_id
    WHERE m.person_id = p_person_id AND m.ended_at IS NULL AND m.role IN ('owner', 'admin')
      AND (m.tenant_id IS NULL OR m.tenant_id = p_approval.tenant_id)) THEN
    RETURN 'forbidden';
  END IF;
  SELECT operator_id INTO v_operator_id FROM run
  WHERE tenant_id = p_approval.tenant_id AND run_id = p_approval.run_id;
  IF is_part_of(p_approval.tenant_id, p_approval.key_id, v_operator_id, ARRAY[p_person_id]) THEN
    RETURN 'separation_of_duties';
  END IF;
  IF is_part_of(p_approval.tenant_id, p_approval.key_id, v_operator_id, v_as_one) THEN RETURN 'counts_as_one'; END IF;
  IF EXISTS (
    SELECT FROM break_glass
    WHERE tenant_id = p_approval.tenant_id AND approval_id = p_approval.approval_id AND status = 'open'
      AND expires_at > clock_timestamp() AND begun_by_id <> p_person_id AND begun_by_id = ANY (v_as_one)) THEN
    RETURN 'second_person_required';
  END IF;
  -- Whoever somebody voted for has voted.
  IF EXISTS (
    SELECT FROM vote
    WHERE tenant_id = p_approval.tenant_id AND approval_id = p_approval.approval_id AND on_behalf_of = p_person_id) THEN
    RETURN 'already_voted';
  END IF;

  RETURN NULL;
END
$$;

-- As in 20261122002800_stand_ins, with how it was derived, who voted on what they asked for themselves, and the votes
-- that count here where a decision was carried over: they stay with the approval that they were cast on.
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
    'endedBecause', a.ended_because, 'planId', a.plan_id, 'derivedFrom', a.derived_from, 'derivedAs', a.derived_as,
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
        'onBehalfOf', v.on_behalf_of, 'onBehalfOfName', o.name, 'selfReviewed', v.self_reviewed)
        ORDER BY v.voted_at), '[]')
      FROM vote v JOIN person w ON w.person_id = v.person_id
      LEFT JOIN person o ON o.person_id = v.on_behalf_of
      WHERE v.tenant_id = p_tenant_id AND v.approval_id = p_approval_id),
    'carriedVotes', CASE a.derived_as WHEN 'carry_over' THEN (
      SELECT coalesce(json_agg(json_build_object(
        'personId', v.person_id, 'name', w.name, 'reason', v.reason, 'at', v.voted_at, 'onBehalfOf', v.on_behalf_of,
        'onBehalfOfName', o.name) ORDER BY v.voted_at), '[]')
      FROM vote v JOIN person w ON w.person_id = v.person_id
      LEFT JOIN person o ON o.person_id = v.on_behalf_of
      WHERE v.tenant_id = p_tenant_id AND v.approval_id = a.derived_from AND v.decision = 'approve') END,
    'breakGlass', (
      SELECT json_build_object(
        'status', b.status, 'by', json_build_object('personId', f.person_id, 'name', f.name), 'reason', b.reason,
        'at', b.begun_at, 'expiresAt', b.expires_at,
        'confirmedBy', CASE WHEN s.person_id IS NOT NULL THEN json_build_object('personId', s.person_id, 'name', s.name) END,
        'confirmReason', b.confirm_reason, 'confirmedAt', b.ended_at)
      FROM break_glass b JOIN person f ON f.person_id = b.begun_by_id
      LEFT JOIN person s ON s.person_id = b.confirmed_by_id
      WHERE b.tenant_id = p_tenant_id AND b.approval_id = p_approval_id AND CASE b.status
        WHEN 'open' THEN b.expires_at > clock_timestamp() AND approval_status_now(a) = 'pending'
        ELSE b.status = 'approved' AND b.ended_at = a.decided_at END
      ORDER BY b.break_glass_id DESC LIMIT 1),
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

-- An approval as it stands after p_answer, the answer of a function that has just changed it in this transaction; nothing
-- where that refused. Whoever lost their part in it meanwhile is told what they did all the same.
CREATE FUNCTION approval_after(p_answer jsonb, p_approval_id text)
RETURNS approval_read
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  IF p_answer ->> 'code' IS NOT NULL THEN RETURN NULL; END IF;
  RETURN approval_read_of(coalesce(p_answer ->> 'tenantId', p_answer -> 'carried' ->> 'tenantId'), p_approval_id);
END
$$;

-- As in 20261122000800_hot_path: functions keep their plans. Replacing one forgets that.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname IN (
      'counted_with', 'why_no_vote', 'counted_votes', 'why_no_break_glass', 'approval_read_of', 'approval_after')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END
$$;
