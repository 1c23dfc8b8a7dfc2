-- Who may vote and when a quorum is there (SPEC 4.2, 4.3): asked in one place, of the vote that is cast and again of
-- every earlier one by the vote that completes the quorum.

-- CreateTable
CREATE TABLE "rule_edit" (
    "tenant_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "edited_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "rule_edit_pkey" PRIMARY KEY ("tenant_id","person_id","event_id"),
    CONSTRAINT "rule_edit_kind" CHECK ("kind" IN ('policy', 'tool', 'members'))
);

-- AlterTable
ALTER TABLE "vote" ADD COLUMN "self_reviewed" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "vote" DROP CONSTRAINT "vote_decision";
ALTER TABLE "vote" ADD CONSTRAINT "vote_decision" CHECK ("decision" IN ('approve', 'deny', 'request_changes'));

-- CreateIndex
CREATE INDEX "rule_edit_tenant_id_person_id_edited_at_idx" ON "rule_edit"("tenant_id", "person_id", "edited_at");

SELECT isolate_tenant_table('rule_edit');

GRANT SELECT, INSERT ON "rule_edit" TO deltaseal_app;

-- The roles that the widest group asked holds: a vote of any other could never count.
CREATE FUNCTION roles_asked(p_required jsonb)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
  RETURN CASE
    WHEN jsonb_array_length(p_required) = 0 THEN ARRAY['owner', 'admin', 'reviewer']
    WHEN NOT p_required @? '$[*] ? (@.group != "owners")' THEN ARRAY['owner']
    WHEN NOT p_required @? '$[*] ? (@.group != "owners" && @.group != "admins")' THEN ARRAY['owner', 'admin']
    ELSE ARRAY['owner', 'admin', 'reviewer'] END;
END
$$;

-- The only person of a tenant's agency who could vote on anything at all; null when there are more, or none.
CREATE FUNCTION sole_voter(p_tenant_id text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (
    SELECT CASE count(DISTINCT m.person_id) WHEN 1 THEN min(m.person_id) END
    FROM tenant t
    JOIN membership m ON m.agency_id = t.agency_id AND m.ended_at IS NULL AND m.role IN ('owner', 'admin', 'reviewer')
    JOIN person p ON p.person_id = m.person_id AND p.disabled_at IS NULL
    WHERE t.tenant_id = p_tenant_id);
END
$$;

-- Whether this person is that one, and the policy lets such a one decide what they ask for themselves (SPEC 4.3): up to
-- tier T2.
CREATE FUNCTION is_self_review(p_tenant_id text, p_required jsonb, p_tier text, p_person_id text)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  IF NOT p_required @? '$[*] ? (@.selfReview == true)' THEN RETURN false; END IF;
  IF p_tier IS NULL OR p_tier NOT IN ('T0_READ', 'T1_REVERSIBLE_WRITE', 'T2_IRREVERSIBLE_WRITE') THEN RETURN false; END IF;

  RETURN coalesce(sole_voter(p_tenant_id) = p_person_id, false);
END
$$;

-- What a person last edited, in the last 24 hours, of that by which a call of this tool is decided: {kind, subject,
-- at, until}; null when nothing.
CREATE FUNCTION recent_edit(p_tenant_id text, p_person_id text, p_server text, p_name text)
RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object(
      'kind', kind, 'subject', subject, 'at', edited_at, 'until', edited_at + interval '24 hours')
    FROM rule_edit
    WHERE tenant_id = p_tenant_id AND person_id = p_person_id AND edited_at > clock_timestamp() - interval '24 hours'
      AND (kind <> 'tool' OR subject = p_server || '/' || p_name)
    ORDER BY edited_at DESC LIMIT 1);
END
$$;

-- Whether one of these people is part of what is asked for: the operator of its run, or who owns or made its key. Keys of
-- one family are one key that changed its secret: whoever has the live one now asks as much as whoever had it.
CREATE FUNCTION is_part_of(p_tenant_id text, p_key_id text, p_operator_id text, p_people text[])
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN coalesce(p_operator_id = ANY (p_people), false) OR EXISTS (
    SELECT FROM api_key k JOIN api_key o ON o.tenant_id = k.tenant_id
      AND coalesce(o.family_id, o.key_id) = coalesce(k.family_id, k.key_id)
    WHERE k.tenant_id = p_tenant_id AND k.key_id = p_key_id
      AND (o.owner_id = ANY (p_people) OR o.created_by_id = ANY (p_people))
      AND (o.key_id = k.key_id OR (o.revoked_at IS NULL AND o.expires_at > clock_timestamp())));
END
$$;

-- Why a person may not vote on an approval with these stages, or null when they may: forbidden, then
-- separation_of_duties, then edited_recently. Whoever takes somebody's place may not vote where that one may not.
CREATE FUNCTION why_no_vote(
  p_tenant_id text, p_approval_id text, p_required jsonb, p_person_id text, p_on_behalf_of text, p_decision text
)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_people text[] := array_remove(ARRAY[p_person_id, p_on_behalf_of], NULL);
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

  RETURN NULL;
END
$$;

-- How many of the approving votes count, by what their voters hold: {owners, admins, voters}, each within the next.
-- Whoever voted counts only if they may vote now, by every rule; neither they nor the one whose place they took count a
-- second time; and where step-up is needed, votes without it do not count.
CREATE FUNCTION counted_votes(p_tenant_id text, p_approval_id text, p_required jsonb)
RETURNS int[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_vote record;
  v_counted text[] := '{}';
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
    CONTINUE WHEN v_vote.person_id = ANY (v_counted) OR v_vote.on_behalf_of = ANY (v_counted);
    CONTINUE WHEN why_no_vote(
      p_tenant_id, p_approval_id, p_required, v_vote.person_id, v_vote.on_behalf_of, 'approve') IS NOT NULL;
    v_counted := v_counted || array_remove(ARRAY[v_vote.person_id, v_vote.on_behalf_of], NULL);
    v_roles := counted_roles(p_tenant_id, v_vote.person_id, v_vote.on_behalf_of);
    v_owners := v_owners + (v_roles && ARRAY['owner'])::int;
    v_admins := v_admins + (v_roles && ARRAY['owner', 'admin'])::int;
    v_voters := v_voters + (v_roles && ARRAY['owner', 'admin', 'reviewer'])::int;
  END LOOP;

  RETURN ARRAY[v_owners, v_admins, v_voters];
END
$$;

-- How many more votes it takes at least, of whoever is needed; 0 when there are enough.
--
-- Stages with an `alternative` belong together, and one alternative that is filled is enough; a stage without is needed
-- with each. As each group holds the next, stages are filled, with nobody counted twice, exactly when there are enough
-- owners for the owners' stages, enough admins for those and the admins', and enough in all; never without anybody.
CREATE FUNCTION votes_missing(p_required jsonb, p_counted int[])
RETURNS int
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
  RETURN (
    WITH stage AS (
      SELECT value ->> 'group' AS "group", (value ->> 'count')::int AS needed, value ->> 'alternative' AS alternative
      FROM jsonb_array_elements(p_required)
    ), way AS (
      SELECT DISTINCT alternative FROM stage WHERE alternative IS NOT NULL
      UNION ALL
      SELECT NULL WHERE NOT EXISTS (SELECT FROM stage WHERE alternative IS NOT NULL)
    ), missing AS (
      SELECT greatest(
        0,
        coalesce(sum(needed) FILTER (WHERE "group" = 'owners'), 0) - p_counted[1],
        coalesce(sum(needed) FILTER (WHERE "group" IN ('owners', 'admins')), 0) - p_counted[2],
        greatest(1, sum(needed)) - p_counted[3])::int AS votes
      FROM way LEFT JOIN stage ON stage.alternative IS NULL OR stage.alternative = way.alternative
      GROUP BY way.alternative
    )
    SELECT min(votes) FROM missing);
END
$$;

-- As in 20261122002100_step_up, by the two above.
CREATE OR REPLACE FUNCTION stages_filled(p_tenant_id text, p_approval_id text, p_required jsonb)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN votes_missing(p_required, counted_votes(p_tenant_id, p_approval_id, p_required)) = 0;
END
$$;

-- As in 20261122002100_step_up; who may vote is why_no_vote's, a denial can be a wish for changes, and the vote keeps
-- whose place was taken and whether it is one's own request. Codes besides: edited_recently, with "edited".
CREATE OR REPLACE FUNCTION cast_vote(
  p_session_id text, p_approval_id text, p_decision text, p_change_hash text, p_reason text,
  p_event_id text, p_salts text[], p_step_up jsonb DEFAULT NULL
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_actor jsonb;
  v_tenant text;
  v_approval approval;
  v_status text;
  v_refusal text;
  v_call tool_call;
  v_on_behalf_of text;
  v_is_own boolean;
BEGIN
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  SELECT tenant_id INTO v_tenant FROM approval WHERE approval_id = p_approval_id;
  IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;
  PERFORM set_config('app.tenant', v_tenant, true);
  v_actor := jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId');

  PERFORM FROM run r JOIN approval a ON a.tenant_id = r.tenant_id AND a.run_id = r.run_id
  WHERE a.tenant_id = v_tenant AND a.approval_id = p_approval_id FOR SHARE OF r;
  SELECT * INTO v_approval FROM approval WHERE tenant_id = v_tenant AND approval_id = p_approval_id FOR UPDATE;
  -- Again, because the session or the membership may have ended while this vote waited for the row.
  v_person := bind_session(p_session_id);
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  IF NOT v_tenant = ANY (string_to_array(current_setting('app.tenants'), ',')) THEN
    RETURN '{"code": "not_found"}';
  END IF;
  v_on_behalf_of := acting_for(v_tenant, p_approval_id, v_person ->> 'personId', p_decision);
  v_refusal := why_no_vote(
    v_tenant, p_approval_id, v_approval.required, v_person ->> 'personId', v_on_behalf_of, p_decision);
  SELECT server, name, tier INTO v_call.server, v_call.name, v_call.tier FROM tool_call
  WHERE tenant_id = v_tenant AND call_id = v_approval.call_id;
  IF v_refusal = 'edited_recently' THEN
    RETURN jsonb_build_object(
      'code', v_refusal, 'tenantId', v_tenant, 'edited', coalesce(
        recent_edit(v_tenant, v_person ->> 'personId', v_call.server, v_call.name),
        recent_edit(v_tenant, v_on_behalf_of, v_call.server, v_call.name)));
  END IF;
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

  IF p_reason IS NULL AND (p_decision <> 'approve' OR v_approval.reason_required) THEN
    RETURN jsonb_build_object('code', 'reason_required', 'tenantId', v_tenant);
  END IF;

  IF EXISTS (
    SELECT FROM vote
    WHERE tenant_id = v_tenant AND approval_id = p_approval_id AND person_id = v_person ->> 'personId'
  ) THEN
    RETURN jsonb_build_object('code', 'already_voted', 'tenantId', v_tenant);
  END IF;
  -- Two who stand for one person are one, as long as the vote of the first counts.
  IF p_decision = 'approve' AND EXISTS (
    SELECT FROM vote v
    WHERE v.tenant_id = v_tenant AND v.approval_id = p_approval_id AND v.decision = 'approve'
      AND (v.person_id = v_on_behalf_of OR v.on_behalf_of IN (v_person ->> 'personId', v_on_behalf_of))
      AND why_no_vote(
        v_tenant, p_approval_id, v_approval.required, v.person_id, v.on_behalf_of, 'approve') IS NULL
  ) THEN
    RETURN jsonb_build_object('code', 'already_voted', 'tenantId', v_tenant);
  END IF;
  IF p_step_up IS NULL AND p_decision = 'approve' AND needs_step_up(v_approval.required) THEN
    RETURN jsonb_build_object('code', 'step_up_required', 'tenantId', v_tenant);
  END IF;
  IF p_step_up IS NOT NULL THEN
    v_refusal := spend_step_up(v_approval, v_person ->> 'personId', p_session_id, p_decision, p_step_up);
    IF v_refusal IS NOT NULL THEN RETURN jsonb_build_object('code', v_refusal, 'tenantId', v_tenant); END IF;
  END IF;

  v_is_own := is_self_review(v_tenant, v_approval.required, v_call.tier, v_person ->> 'personId');
  INSERT INTO vote (
    tenant_id, approval_id, person_id, decision, reason, change_hash, session_id, voted_at, on_behalf_of, self_reviewed
  ) VALUES (
    v_tenant, p_approval_id, v_person ->> 'personId', p_decision, p_reason, p_change_hash, p_session_id,
    clock_timestamp(), v_on_behalf_of, v_is_own
  );
  IF p_step_up IS NOT NULL THEN
    PERFORM keep_step_up(v_tenant, p_approval_id, v_person ->> 'personId', p_step_up);
  END IF;

  v_status := CASE
    WHEN p_decision <> 'approve' THEN 'denied'
    WHEN stages_filled(v_tenant, p_approval_id, v_approval.required) THEN 'approved'
    ELSE 'pending' END;

  UPDATE approval SET
    status = v_status, version = version + 1,
    decided_at = CASE WHEN v_status <> 'pending' THEN clock_timestamp() END,
    ended_because = CASE p_decision WHEN 'request_changes' THEN 'changes_requested' END,
    use_by = CASE WHEN v_status = 'approved' THEN clock_timestamp() + make_interval(secs => v_approval.use_within_seconds) END
  WHERE tenant_id = v_tenant AND approval_id = p_approval_id AND version = v_approval.version AND status = 'pending';
  IF NOT FOUND THEN RAISE EXCEPTION 'the approval moved under its lock'; END IF;

  PERFORM audit_append(
    p_event_id, CASE v_status WHEN 'pending' THEN 'approval.voted' ELSE 'approval.' || v_status END, v_actor,
    jsonb_build_object('kind', 'approval', 'id', p_approval_id),
    jsonb_build_object(
      'runId', v_approval.run_id, 'callId', v_approval.call_id, 'approvalId', p_approval_id, 'sessionId', p_session_id,
      'decision', p_decision, 'from', 'pending', 'to', v_status,
      'authenticatorId', p_step_up ->> 'authenticatorId', 'onBehalfOf', v_on_behalf_of,
      'selfReviewed', CASE WHEN v_is_own THEN true END),
    jsonb_build_object(
      'changeHash', p_change_hash, 'reason', p_reason, 'stepUp', p_step_up ->> 'digest'), p_salts);

  RETURN jsonb_build_object('code', NULL, 'tenantId', v_tenant, 'runId', v_approval.run_id);
END
$$;

-- As in 20261122002000_plans; a refusal says what was edited.
CREATE OR REPLACE FUNCTION vote_on_plan(
  p_session_id text, p_plan_id text, p_decision text, p_plan_hash text, p_reason text, p_approval_ids text[],
  p_event_ids text[], p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_plan plan;
  v_item record;
  v_items int := 0;
  v_voted text[] := '{}';
  v_answer jsonb;
  v_refusal text;
BEGIN
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  SELECT * INTO v_plan FROM plan WHERE plan_id = p_plan_id;
  IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;
  PERFORM set_config('app.tenant', v_plan.tenant_id, true);

  PERFORM FROM run WHERE tenant_id = v_plan.tenant_id AND run_id = v_plan.run_id FOR SHARE;
  PERFORM FROM approval WHERE tenant_id = v_plan.tenant_id AND plan_id = p_plan_id ORDER BY approval_id FOR UPDATE;
  IF v_plan.plan_hash <> p_plan_hash THEN
    RETURN jsonb_build_object('code', 'hash_mismatch', 'tenantId', v_plan.tenant_id);
  END IF;

  BEGIN
    FOR v_item IN
      SELECT a.approval_id, a.change_hash, v.person_id IS NOT NULL AS has_voted
      FROM approval a
      LEFT JOIN vote v ON v.tenant_id = a.tenant_id AND v.approval_id = a.approval_id
        AND v.person_id = v_person ->> 'personId' AND v.decision = p_decision
      WHERE a.tenant_id = v_plan.tenant_id AND a.plan_id = p_plan_id AND CASE
        WHEN p_approval_ids IS NULL THEN approval_status_now(a) = 'pending'
        ELSE a.approval_id = ANY (p_approval_ids) END
      ORDER BY a.approval_id
    LOOP
      v_items := v_items + 1;
      CONTINUE WHEN v_item.has_voted;
      v_answer := cast_vote(
        p_session_id, v_item.approval_id, p_decision, v_item.change_hash, p_reason, p_event_ids[v_items],
        p_salts[4 * v_items - 3 : 4 * v_items]);
      IF v_answer ->> 'code' IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DS409', MESSAGE = v_answer ->> 'code', DETAIL = v_item.approval_id;
      END IF;
      v_voted := v_voted || v_item.approval_id;
    END LOOP;
    IF v_items < cardinality(p_approval_ids) THEN
      RAISE EXCEPTION USING ERRCODE = 'DS409', MESSAGE = 'invalid_request';
    END IF;
    IF v_voted = '{}' THEN
      RAISE EXCEPTION USING ERRCODE = 'DS409',
        MESSAGE = CASE v_items WHEN 0 THEN 'plan_closed' ELSE 'already_voted' END;
    END IF;

    PERFORM audit_append(
      p_event_ids[v_items + 1], 'plan.voted', jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId'),
      jsonb_build_object('kind', 'plan', 'id', p_plan_id),
      jsonb_build_object(
        'runId', v_plan.run_id, 'planId', p_plan_id, 'sessionId', p_session_id, 'decision', p_decision,
        'items', cardinality(v_voted)),
      jsonb_build_object('planHash', p_plan_hash, 'reason', p_reason), p_salts[4 * v_items + 1 : 4 * v_items + 2]);
  EXCEPTION WHEN SQLSTATE 'DS409' THEN
    GET STACKED DIAGNOSTICS v_refusal = MESSAGE_TEXT;
    RETURN jsonb_build_object(
      'code', v_refusal, 'tenantId', v_plan.tenant_id, 'runId', v_plan.run_id, 'edited', v_answer -> 'edited');
  END;

  RETURN jsonb_build_object(
    'code', NULL, 'tenantId', v_plan.tenant_id, 'runId', v_plan.run_id, 'approvalIds', to_jsonb(v_voted));
END
$$;

-- As in 20261122000800_hot_path: functions keep their plans. Replacing one forgets that.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname IN (
      'sole_voter', 'is_self_review', 'is_part_of', 'recent_edit', 'why_no_vote', 'counted_votes',
      'votes_missing', 'stages_filled', 'cast_vote', 'vote_on_plan')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END
$$;
