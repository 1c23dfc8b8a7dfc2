-- Votes that are taken back, words that decide nothing, how many approvals one run may have open, and a word before one
-- lapses (SPEC 3.3, 4.1).

-- AlterTable
ALTER TABLE "approval" ADD COLUMN "warned_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "withdrawn_vote" (
    "tenant_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "approval_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "decision" TEXT NOT NULL,
    "reason" TEXT,
    "change_hash" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "voted_at" TIMESTAMPTZ(3) NOT NULL,
    "on_behalf_of" TEXT,
    "self_reviewed" BOOLEAN NOT NULL,
    "withdrawn_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "authenticator_id" TEXT,
    "challenge_input" TEXT,
    "public_key" BYTEA,
    "authenticator_data" BYTEA,
    "client_data_json" BYTEA,
    "signature" BYTEA,
    "origin" TEXT,
    "rp_id" TEXT,
    "verified_at" TIMESTAMPTZ(3),

    CONSTRAINT "withdrawn_vote_pkey" PRIMARY KEY ("tenant_id","event_id"),
    -- What was signed is there whole or not at all.
    CONSTRAINT "withdrawn_vote_signed" CHECK (num_nulls(
        "authenticator_id", "challenge_input", "public_key", "authenticator_data", "client_data_json", "signature",
        "origin", "rp_id", "verified_at") IN (0, 9))
);

-- CreateTable
CREATE TABLE "approval_comment" (
    "tenant_id" TEXT NOT NULL,
    "comment_id" TEXT NOT NULL,
    "approval_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "said_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "approval_comment_pkey" PRIMARY KEY ("tenant_id","comment_id")
);

-- CreateIndex
CREATE INDEX "withdrawn_vote_tenant_id_approval_id_idx" ON "withdrawn_vote"("tenant_id", "approval_id");

-- CreateIndex
CREATE INDEX "approval_comment_tenant_id_approval_id_comment_id_idx" ON "approval_comment"("tenant_id", "approval_id", "comment_id");

-- CreateIndex
CREATE INDEX "approval_comment_tenant_id_person_id_said_at_idx" ON "approval_comment"("tenant_id", "person_id", "said_at");

-- AddForeignKey
ALTER TABLE "withdrawn_vote" ADD CONSTRAINT "withdrawn_vote_tenant_id_approval_id_fkey" FOREIGN KEY ("tenant_id", "approval_id") REFERENCES "approval"("tenant_id", "approval_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approval_comment" ADD CONSTRAINT "approval_comment_tenant_id_approval_id_fkey" FOREIGN KEY ("tenant_id", "approval_id") REFERENCES "approval"("tenant_id", "approval_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- A run may have had any number of approvals; those that are open now are few.
CREATE INDEX "approval_open_in_run" ON "approval" ("tenant_id", "run_id") WHERE "status" IN ('pending', 'approved');

-- Those of which nobody was warned leave this index as somebody is.
CREATE INDEX "approval_unwarned" ON "approval" ("tenant_id", "expires_at") WHERE "status" = 'pending' AND "warned_at" IS NULL;

SELECT isolate_tenant_table('withdrawn_vote');
SELECT isolate_tenant_table('approval_comment');

-- Neither is ever changed. Votes are taken away by the function below alone, which keeps them.
GRANT SELECT ON "withdrawn_vote" TO deltaseal_app;
GRANT SELECT, INSERT ON "approval_comment" TO deltaseal_app;

-- Moves one person's approving vote, with what was signed for it, to the votes that were taken back; false when there is
-- none. Row-level security binds it as it binds its caller: to the tenant of the transaction.
CREATE FUNCTION keep_withdrawn_vote(p_tenant_id text, p_approval_id text, p_person_id text, p_event_id text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO public.withdrawn_vote (
    tenant_id, event_id, approval_id, person_id, decision, reason, change_hash, session_id, voted_at, on_behalf_of,
    self_reviewed, withdrawn_at, authenticator_id, challenge_input, public_key, authenticator_data, client_data_json, signature,
    origin, rp_id, verified_at)
  SELECT v.tenant_id, p_event_id, v.approval_id, v.person_id, v.decision, v.reason, v.change_hash, v.session_id,
    v.voted_at, v.on_behalf_of, v.self_reviewed, clock_timestamp(), e.authenticator_id, e.challenge_input, e.public_key,
    e.authenticator_data, e.client_data_json, e.signature, e.origin, e.rp_id, e.verified_at
  FROM public.vote v
  LEFT JOIN public.step_up_evidence e
    ON e.tenant_id = v.tenant_id AND e.approval_id = v.approval_id AND e.person_id = v.person_id
  WHERE v.tenant_id = p_tenant_id AND v.approval_id = p_approval_id AND v.person_id = p_person_id
    AND v.decision = 'approve';
  IF NOT FOUND THEN RETURN false; END IF;

  DELETE FROM public.step_up_evidence
  WHERE tenant_id = p_tenant_id AND approval_id = p_approval_id AND person_id = p_person_id;
  DELETE FROM public.vote
  WHERE tenant_id = p_tenant_id AND approval_id = p_approval_id AND person_id = p_person_id;
  RETURN true;
END
$$;

REVOKE ALL ON FUNCTION keep_withdrawn_vote(text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_withdrawn_vote(text, text, text, text) TO deltaseal_app;

-- Takes back one person's own approving vote (SPEC 4.1), for as long as nothing was spent. An approved approval waits
-- again where the votes that are left are not enough, for as long as it would have waited anyway. No role and no separation
-- stands between people and taking back their own word, as long as they may read the approval. Codes: unauthenticated,
-- not_found, forbidden, expired, already_consumed, approval_closed, not_voted; null when the vote is taken back.
CREATE FUNCTION withdraw_vote(p_session_id text, p_approval_id text, p_event_id text, p_salts text[])
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
  IF v_approval.status NOT IN ('pending', 'approved') THEN
    RETURN jsonb_build_object('tenantId', v_tenant, 'code', CASE v_approval.status
      WHEN 'expired' THEN 'expired' WHEN 'consumed' THEN 'already_consumed' ELSE 'approval_closed' END);
  END IF;
  IF NOT keep_withdrawn_vote(v_tenant, p_approval_id, v_person ->> 'personId', p_event_id) THEN
    RETURN jsonb_build_object('code', 'not_voted', 'tenantId', v_tenant);
  END IF;

  v_status := CASE WHEN v_approval.status = 'approved'
    AND stages_filled(v_tenant, p_approval_id, v_approval.required) THEN 'approved' ELSE 'pending' END;
  UPDATE approval SET status = v_status, version = version + 1,
    decided_at = CASE v_status WHEN 'approved' THEN decided_at END,
    use_by = CASE v_status WHEN 'approved' THEN use_by END
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

-- When an approval that waits is closing: in the last fifth of its time, but at least a minute and at most ten before it
-- lapses.
CREATE FUNCTION closing_from(p_requested_at timestamptz, p_expires_at timestamptz)
RETURNS timestamptz
LANGUAGE sql STABLE
AS $$
  SELECT p_expires_at - greatest(interval '1 minute', least(interval '10 minutes', (p_expires_at - p_requested_at) / 5))
$$;

-- The first tenant after this one with an approval that is closing and of which nobody was warned, or null.
CREATE FUNCTION next_closing_tenant(p_after text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT t.tenant_id FROM public.tenant t
    WHERE t.tenant_id > p_after AND EXISTS (
      SELECT FROM public.approval a
      WHERE a.tenant_id = t.tenant_id AND a.status = 'pending' AND a.warned_at IS NULL
        AND a.expires_at > now() AND a.expires_at <= now() + interval '10 minutes'
        AND public.closing_from(a.requested_at, a.expires_at) <= now())
    ORDER BY t.tenant_id LIMIT 1);
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

REVOKE ALL ON FUNCTION next_closing_tenant(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_closing_tenant(text) TO deltaseal_app;

-- Marks approvals of the bound tenant that are closing, each once. It is no transition: nothing that anybody decides
-- rests on it, so the version stays, who waits for a decision is told nothing and no leaf is written.
CREATE FUNCTION warn_closing_approvals(p_max int)
RETURNS TABLE (closing_approval_id text, closing_run_id text)
LANGUAGE plpgsql
AS $$
BEGIN
  RETURN QUERY
    UPDATE approval a SET warned_at = clock_timestamp()
    FROM (
      SELECT approval_id FROM approval
      WHERE tenant_id = current_setting('app.tenant') AND status = 'pending' AND warned_at IS NULL
        AND expires_at > now() AND expires_at <= now() + interval '10 minutes'
        AND closing_from(requested_at, expires_at) <= now()
      ORDER BY approval_id LIMIT p_max FOR UPDATE SKIP LOCKED
    ) closing
    WHERE a.tenant_id = current_setting('app.tenant') AND a.approval_id = closing.approval_id
    RETURNING a.approval_id, a.run_id;
END
$$;

-- Whoever asks for people in one run does so one after the other, so that what is open there can be counted. Gives
-- whether this one had to wait. The run is locked before, and approvals only after.
CREATE FUNCTION take_turn_in_run(p_tenant_id text, p_run_id text)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  v_turn bigint := hashtextextended('deltaseal/open/' || p_tenant_id || '/' || p_run_id, 0);
BEGIN
  IF pg_try_advisory_xact_lock(v_turn) THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(v_turn);
  RETURN true;
END
$$;

-- Keeps a change with its parts, and gives the positions of those whose before is not what the last execution left
-- behind, or null: they are flagged for the reviewer. Along a plan, p_left_behind is what the calls before this one are
-- going to leave, by target key.
CREATE FUNCTION keep_change(
  p_tenant_id text, p_call_id text, p_change jsonb, p_envelope bytea, p_left_behind jsonb DEFAULT NULL
)
RETURNS int[]
LANGUAGE plpgsql
AS $$
DECLARE
  v_moved int[];
BEGIN
  SELECT array_agg(part.position) INTO v_moved
  FROM jsonb_array_elements(p_change -> 'parts') WITH ORDINALITY AS part(value, position)
  WHERE part.value -> 'beforeObserved' <> coalesce(
    p_left_behind -> (part.value ->> 'targetKey'),
    (SELECT s.state FROM target_state s
      WHERE s.tenant_id = p_tenant_id AND s.target_key = part.value ->> 'targetKey'))
  OR part.value -> 'fromObserved' <> coalesce(
    p_left_behind -> (part.value ->> 'fromKey'),
    (SELECT s.state FROM target_state s
      WHERE s.tenant_id = p_tenant_id AND s.target_key = part.value ->> 'fromKey'));

  INSERT INTO change (
    tenant_id, call_id, change_hash, envelope, before_states, after_states, diff_digest, sentence, effects, flags
  ) VALUES (
    p_tenant_id, p_call_id, p_change ->> 'changeHash', p_envelope, p_change ->> 'beforeStates',
    p_change ->> 'afterStates', p_change ->> 'diffDigest', p_change ->> 'sentence',
    ARRAY(SELECT jsonb_array_elements_text(p_change -> 'effects')),
    ARRAY(SELECT jsonb_array_elements_text(p_change -> 'flags'))
      || CASE WHEN v_moved IS NULL THEN '{}'::text[] ELSE ARRAY['before_unexpected'] END
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

  RETURN v_moved;
END
$$;

-- As in 20261122002000_plans, and besides: where "approval" has an openInRunMax, the run holds at most so many open ones.
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
    -- Again, because the key may have been revoked while this waited for its turn.
    v_key := find_live_key(p_public_id, p_secret_mac, p_address);
    IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
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
      IF p_call -> 'approval' ->> 'openMax' IS NOT NULL THEN
        v_place := free_place(v_key.tenant_id, (p_call -> 'approval' ->> 'openMax')::int);
        IF v_place IS NULL THEN
          PERFORM refuse_over_limit('tenant.pendingApprovals', (p_call -> 'approval' ->> 'openMax')::bigint, 60);
        END IF;
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

-- As in 20261122002000_plans, with that turn.
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
    IF p_calls @? '$[*].approval.openMax ? (@ != null)' THEN
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
      'record_call', 'record_plan', 'keep_change', 'take_turn_in_run', 'withdraw_vote')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END
$$;
