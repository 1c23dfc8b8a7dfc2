-- What an authenticator signs says whether its administrator breaks the glass or votes (SPEC 4.4): a signature asked for as
-- one is refused as the other.

-- As in 20261122002800_stand_ins but for what is signed.
CREATE OR REPLACE FUNCTION begin_break_glass(
  p_session_id text, p_approval_id text, p_break_glass_id text, p_change_hash text, p_reason text, p_step_up jsonb,
  p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_asked record;
  v_approval approval;
  v_refusal text;
BEGIN
  SELECT * INTO v_asked FROM lock_break_glass(p_session_id, p_approval_id);
  IF v_asked.code IS NOT NULL THEN RETURN jsonb_build_object('code', v_asked.code); END IF;
  v_approval := v_asked.approval;

  v_refusal := why_no_break_glass(v_approval, v_asked.person_id);
  IF v_refusal IS NULL AND approval_expire_if_due(v_approval, p_event_id, p_salts) THEN
    RETURN jsonb_build_object('code', 'expired', 'tenantId', v_approval.tenant_id, 'runId', v_approval.run_id, 'moved', true);
  END IF;
  v_refusal := coalesce(
    v_refusal, break_glass_hindrance(v_approval, p_change_hash, v_asked.is_off, p_step_up IS NOT NULL));
  IF v_refusal IS NULL THEN
    UPDATE break_glass SET status = 'lapsed', ended_at = expires_at
    WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id AND status = 'open'
      AND expires_at <= clock_timestamp();
    v_refusal := CASE WHEN EXISTS (
      SELECT FROM break_glass
      WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id AND status = 'open') THEN 'break_glass_open' END;
  END IF;
  IF v_refusal IS NULL AND p_step_up IS NOT NULL THEN
    v_refusal := spend_step_up(v_approval, v_asked.person_id, p_session_id, 'break_glass', p_step_up);
  END IF;
  IF v_refusal IS NOT NULL THEN
    RETURN jsonb_build_object('code', v_refusal, 'tenantId', v_approval.tenant_id);
  END IF;

  INSERT INTO break_glass (
    tenant_id, break_glass_id, approval_id, change_hash, begun_by_id, begun_in_session_id, reason, step_up, begun_at, expires_at)
  SELECT v_approval.tenant_id, p_break_glass_id, p_approval_id, v_approval.change_hash, v_asked.person_id, p_session_id,
    p_reason, p_step_up, now, now + interval '15 minutes'
  FROM clock_timestamp() AS now;
  UPDATE approval SET version = version + 1 WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id;
  PERFORM break_glass_leaf(
    v_approval, 'approval.break_glass_begun', v_asked.person_id, p_session_id,
    jsonb_build_object('breakGlassId', p_break_glass_id), p_reason, p_step_up, p_event_id, p_salts);

  RETURN jsonb_build_object('code', NULL, 'tenantId', v_approval.tenant_id, 'runId', v_approval.run_id);
END
$$;

-- As in 20261122002800_stand_ins but for what is signed.
CREATE OR REPLACE FUNCTION confirm_break_glass(
  p_session_id text, p_approval_id text, p_change_hash text, p_reason text, p_step_up jsonb, p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_asked record;
  v_approval approval;
  v_begun break_glass;
  v_refusal text;
  v_now timestamptz;
BEGIN
  SELECT * INTO v_asked FROM lock_break_glass(p_session_id, p_approval_id);
  IF v_asked.code IS NOT NULL THEN RETURN jsonb_build_object('code', v_asked.code); END IF;
  v_approval := v_asked.approval;

  v_refusal := why_no_break_glass(v_approval, v_asked.person_id);
  IF v_refusal IS NULL AND approval_expire_if_due(v_approval, p_event_id, p_salts) THEN
    RETURN jsonb_build_object('code', 'expired', 'tenantId', v_approval.tenant_id, 'runId', v_approval.run_id, 'moved', true);
  END IF;
  IF v_refusal IS NULL AND v_approval.status = 'pending' THEN
    SELECT * INTO v_begun FROM break_glass
    WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id AND status = 'open'
      AND expires_at > clock_timestamp() AND change_hash = v_approval.change_hash FOR UPDATE;
    -- Who began and may not any more has begun nothing; nor has one whose authenticator was taken away.
    v_refusal := CASE
      WHEN NOT FOUND THEN 'break_glass_closed'
      WHEN v_begun.begun_by_id = v_asked.person_id THEN 'second_person_required'
      WHEN why_no_break_glass(v_approval, v_begun.begun_by_id) IS NOT NULL THEN 'break_glass_closed'
      WHEN v_begun.step_up IS NULL AND needs_step_up(v_approval.required) THEN 'break_glass_closed'
      WHEN v_begun.step_up IS NOT NULL AND NOT EXISTS (
        SELECT FROM authenticator
        WHERE authenticator_id = v_begun.step_up ->> 'authenticatorId' AND person_id = v_begun.begun_by_id
          AND removed_at IS NULL) THEN 'break_glass_closed'
    END;
  END IF;
  v_refusal := coalesce(
    v_refusal, break_glass_hindrance(v_approval, p_change_hash, v_asked.is_off, p_step_up IS NOT NULL));
  IF v_refusal IS NULL AND p_step_up IS NOT NULL THEN
    v_refusal := spend_step_up(v_approval, v_asked.person_id, p_session_id, 'break_glass', p_step_up);
  END IF;
  IF v_refusal IS NOT NULL THEN
    RETURN jsonb_build_object('code', v_refusal, 'tenantId', v_approval.tenant_id);
  END IF;

  v_now := clock_timestamp();
  PERFORM cast_break_glass_vote(
    v_approval, v_begun.begun_by_id, v_begun.begun_in_session_id, v_begun.reason, v_begun.begun_at, v_begun.step_up);
  PERFORM cast_break_glass_vote(v_approval, v_asked.person_id, p_session_id, p_reason, v_now, p_step_up);
  UPDATE break_glass SET status = 'approved', confirmed_by_id = v_asked.person_id, confirm_reason = p_reason,
    ended_at = v_now, ended_by_id = v_asked.person_id
  WHERE tenant_id = v_approval.tenant_id AND break_glass_id = v_begun.break_glass_id;
  UPDATE approval SET status = 'approved', version = version + 1, decided_at = v_now,
    use_by = v_now + make_interval(secs => v_approval.use_within_seconds)
  WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id AND version = v_approval.version
    AND status = 'pending';
  IF NOT FOUND THEN RAISE EXCEPTION 'the approval moved under its lock'; END IF;
  PERFORM break_glass_leaf(
    v_approval, 'approval.break_glass_approved', v_asked.person_id, p_session_id,
    jsonb_build_object(
      'breakGlassId', v_begun.break_glass_id, 'begunById', v_begun.begun_by_id, 'from', 'pending', 'to', 'approved'),
    p_reason, p_step_up, p_event_id, p_salts);

  RETURN jsonb_build_object('code', NULL, 'tenantId', v_approval.tenant_id, 'runId', v_approval.run_id);
END
$$;
