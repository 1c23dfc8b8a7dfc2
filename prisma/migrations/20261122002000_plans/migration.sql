-- Plans (SPEC 3, 4): calls that an agent intends to make in one run, reviewed as one. Each call that needs people is an
-- ordinary approval, which the plan holds together; spending, expiring and cancelling know nothing of plans.

-- AlterTable
ALTER TABLE "run" ADD COLUMN "has_plan" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "plan" (
    "tenant_id" TEXT NOT NULL,
    "plan_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "plan_hash" TEXT NOT NULL,
    "agent_reason" TEXT,
    "use_within_seconds" INTEGER NOT NULL,
    "free" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "plan_pkey" PRIMARY KEY ("tenant_id","plan_id")
);

-- AlterTable
ALTER TABLE "approval" ADD COLUMN "plan_id" TEXT,
ADD COLUMN "plan_index" INTEGER,
ADD COLUMN "plan_asked_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "plan_tenant_id_run_id_idx" ON "plan"("tenant_id", "run_id");

-- AddForeignKey
ALTER TABLE "plan" ADD CONSTRAINT "plan_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "run"("tenant_id", "run_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approval" ADD CONSTRAINT "approval_tenant_id_plan_id_fkey" FOREIGN KEY ("tenant_id", "plan_id") REFERENCES "plan"("tenant_id", "plan_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Approvals without a plan are not in these, and cost nothing here.
CREATE UNIQUE INDEX "approval_plan_key" ON "approval" ("tenant_id", "plan_id", "plan_index")
  WHERE "plan_id" IS NOT NULL;
CREATE INDEX "approval_planned_idx" ON "approval" ("tenant_id", "run_id", "change_hash") WHERE "plan_id" IS NOT NULL;

SELECT isolate_tenant_table('plan');

-- What was planned stands: its hash is what people decide on.
GRANT SELECT, INSERT ON "plan" TO deltaseal_app;

-- The call of an open item with exactly this change in this run's plans, or null. Of several, approved ones come first,
-- and then the one that was asked for longest ago: who asks twice at the same time for what was planned twice gets both.
-- Nobody owns an item by asking for it: it is spent by spending it.
CREATE FUNCTION take_plan_item(p_tenant_id text, p_run_id text, p_change_hash text, p_dry_run boolean)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
  v_call_id text;
BEGIN
  -- In the order in which everybody locks approvals, and all of them: what is looked at next must not move.
  PERFORM FROM approval
  WHERE tenant_id = p_tenant_id AND run_id = p_run_id AND change_hash = p_change_hash AND plan_id IS NOT NULL
    AND status IN ('pending', 'approved')
  ORDER BY approval_id FOR UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;

  UPDATE approval SET plan_asked_at = clock_timestamp()
  WHERE tenant_id = p_tenant_id AND approval_id = (
    SELECT a.approval_id
    FROM approval a JOIN tool_call c ON c.tenant_id = a.tenant_id AND c.call_id = a.call_id
    WHERE a.tenant_id = p_tenant_id AND a.run_id = p_run_id AND a.change_hash = p_change_hash
      AND a.plan_id IS NOT NULL AND approval_status_now(a) IN ('pending', 'approved') AND c.dry_run = p_dry_run
    ORDER BY a.status = 'approved' DESC, a.plan_asked_at NULLS FIRST, a.plan_id, a.plan_index LIMIT 1)
  RETURNING call_id INTO v_call_id;

  RETURN v_call_id;
END
$$;

-- As in 20261122001300_call_rules, and besides:
--
-- A call that wants people and is exactly an open item of a plan of its run is not recorded again: {"code": "planned",
-- "callId"} names the call of that item. Only runs with a plan look for one. An item of a plan comes with its planId and
-- planIndex in "approval", and with "leftBehind": what the plan's earlier calls leave at their targets, by target key.
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
  v_left_behind jsonb := p_call -> 'leftBehind';
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
    -- A before that is not what the last execution left behind is shown to the reviewer. Along a plan, that is what the
    -- calls before this one are going to leave.
    IF v_left_behind IS NULL THEN
      SELECT array_agg(part.position) INTO v_moved
      FROM jsonb_array_elements(v_change -> 'parts') WITH ORDINALITY AS part(value, position)
      WHERE EXISTS (
        SELECT FROM target_state s
        WHERE s.tenant_id = v_key.tenant_id AND s.target_key = part.value ->> 'targetKey'
          AND s.state <> part.value -> 'beforeObserved')
      OR EXISTS (
        SELECT FROM target_state s
        WHERE s.tenant_id = v_key.tenant_id AND s.target_key = part.value ->> 'fromKey'
          AND s.state <> part.value -> 'fromObserved');
    ELSE
      SELECT array_agg(part.position) INTO v_moved
      FROM jsonb_array_elements(v_change -> 'parts') WITH ORDINALITY AS part(value, position)
      WHERE part.value -> 'beforeObserved' <> coalesce(
        v_left_behind -> (part.value ->> 'targetKey'),
        (SELECT s.state FROM target_state s
          WHERE s.tenant_id = v_key.tenant_id AND s.target_key = part.value ->> 'targetKey'))
      OR part.value -> 'fromObserved' <> coalesce(
        v_left_behind -> (part.value ->> 'fromKey'),
        (SELECT s.state FROM target_state s
          WHERE s.tenant_id = v_key.tenant_id AND s.target_key = part.value ->> 'fromKey'));
    END IF;

    INSERT INTO change (
      tenant_id, call_id, change_hash, envelope, before_states, after_states, diff_digest, sentence, effects, flags
    ) VALUES (
      v_key.tenant_id, v_call_id, v_change_hash, p_envelope, v_change ->> 'beforeStates',
      v_change ->> 'afterStates', v_change ->> 'diffDigest', v_change ->> 'sentence',
      ARRAY(SELECT jsonb_array_elements_text(v_change -> 'effects')),
      ARRAY(SELECT jsonb_array_elements_text(v_change -> 'flags'))
        || CASE WHEN v_moved IS NULL THEN '{}'::text[] ELSE ARRAY['before_unexpected'] END
    );

    INSERT INTO change_part (
      tenant_id, call_id, position, kind, op, target, target_key, before_state, after_state, before_digest,
      after_digest, added, removed, hidden_characters, flags, changed_fields, from_key, recipients
    )
    SELECT v_key.tenant_id, v_call_id, part.position, part.value ->> 'kind', part.value ->> 'op', part.value -> 'target',
      part.value ->> 'targetKey', part.value -> 'before', part.value -> 'after', part.value -> 'before' ->> 'digest',
      part.value -> 'after' ->> 'digest', (part.value ->> 'added')::int, (part.value ->> 'removed')::int,
      (part.value ->> 'hiddenCharacters')::int,
      ARRAY(SELECT jsonb_array_elements_text(part.value -> 'flags'))
        || CASE WHEN part.position = ANY (v_moved) THEN ARRAY['before_unexpected'] ELSE '{}'::text[] END,
      ARRAY(SELECT jsonb_array_elements_text(part.value -> 'changedFields')), part.value ->> 'fromKey',
      CASE WHEN part.value ? 'recipients'
        THEN ARRAY(SELECT decode(mac, 'hex') FROM jsonb_array_elements_text(part.value -> 'recipients') AS mac) END
    FROM jsonb_array_elements(v_change -> 'parts') WITH ORDINALITY AS part(value, position);
  END IF;

  IF v_decision = 'pending' THEN
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

-- As in 20261122001300_call_rules, with the plan that an approval belongs to.
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
    'endedBecause', a.ended_because, 'planId', a.plan_id,
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
        'personId', v.person_id, 'name', w.name, 'decision', v.decision, 'reason', v.reason, 'at', v.voted_at)
        ORDER BY v.voted_at), '[]')
      FROM vote v JOIN person w ON w.person_id = v.person_id
      WHERE v.tenant_id = p_tenant_id AND v.approval_id = p_approval_id),
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

-- As in 20261122001300_call_rules. An item of a plan is answered to whichever key of its run asked for it.
CREATE OR REPLACE FUNCTION read_call(p_public_id text, p_secret_mac bytea, p_address inet, p_call_id text)
RETURNS TABLE (tenant_id text, call jsonb, approval json, envelope bytea, diff_key bytea, diff_sealed bytea)
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
  v_read approval_read;
  v_call jsonb;
BEGIN
  IF v_key.key_id IS NULL THEN RETURN; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);

  SELECT jsonb_build_object(
    'callId', c.call_id, 'runId', c.run_id, 'server', c.server, 'name', c.name, 'version', c.version,
    'definitionHash', c.definition_hash, 'decision', c.decision, 'reasons', c.reasons, 'inputDigest', c.input_digest,
    'policyVersion', c.policy_version, 'tier', c.tier, 'matchedRule', c.matched_rule,
    'checks', coalesce(c.checks, '[]')::jsonb, 'isDryRun', c.dry_run, 'egress', coalesce(c.egress, '{}'),
    'changeHash', ch.change_hash, 'executionId', e.execution_id,
    'executionStatus', CASE WHEN e.started_at > clock_timestamp() - interval '15 minutes' THEN e.status END)
  INTO v_call
  FROM tool_call c
  LEFT JOIN change ch ON ch.tenant_id = c.tenant_id AND ch.call_id = c.call_id
  LEFT JOIN execution e ON e.tenant_id = c.tenant_id AND e.call_id = c.call_id
  LEFT JOIN approval a ON a.tenant_id = c.tenant_id AND a.call_id = c.call_id
  WHERE c.tenant_id = v_key.tenant_id AND c.call_id = p_call_id
    AND (c.key_id = v_key.key_id OR a.plan_id IS NOT NULL) AND c.run_id = coalesce(v_key.run_id, c.run_id);

  IF v_call IS NOT NULL THEN
    SELECT r.* INTO v_read FROM approval a, approval_read_of(a.tenant_id, a.approval_id) r
    WHERE a.tenant_id = v_key.tenant_id AND a.call_id = p_call_id;
  END IF;

  RETURN QUERY SELECT v_key.tenant_id, v_call, v_read.approval, v_read.envelope, v_read.diff_key, v_read.diff_sealed;
END
$$;

-- As in 20261122001300_call_rules, and the permit says the tier of its call.
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
      WHERE tenant_id = v_key.tenant_id AND approval_id = p_approval_id AND decision = 'approve')
  INTO v_call.server, v_call.name, v_call.version, v_call.tier, v_call.definition_hash, v_call.input_digest,
    v_call.dry_run, v_call.egress, v_call.taints, v_before_states, v_is_pinned, v_is_allowed, v_voters
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
          policy_version = v_key.policy_version, decided_at = NULL, use_by = NULL
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
      'voters', v_voters, 'isDryRun', v_call.dry_run, 'egress', coalesce(v_call.egress, '{}')));
END
$$;

-- A plan with its calls, recorded as one: all of them or nothing. p_plan is {planId, runId, planHash, reason,
-- useWithinSeconds, free[], limits[]}, the limits those of all calls together; p_calls are as record_call takes them,
-- without limits of their own. Each call takes 11 of p_salts and an event id, the plan itself 2 and the last.
-- Answers {"code": null, "planId"}, {"code": "prior", "prior"} or the code by which record_call refused one of them.
CREATE FUNCTION record_plan(
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

-- One person's vote on the items of a plan, each cast as a vote on its approval: all or nothing. p_approval_ids are the
-- items that the person saw waiting, each of which still has to; null for those that wait now. Whoever voted so on one of
-- them already is not asked to again. Codes: those of cast_vote, plan_closed when nothing waits, invalid_request when one
-- of the ids is no item; null when the vote counts, with "approvalIds".
CREATE FUNCTION vote_on_plan(
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
    RETURN jsonb_build_object('code', v_refusal, 'tenantId', v_plan.tenant_id, 'runId', v_plan.run_id);
  END;

  RETURN jsonb_build_object(
    'code', NULL, 'tenantId', v_plan.tenant_id, 'runId', v_plan.run_id, 'approvalIds', to_jsonb(v_voted));
END
$$;

-- As in 20261122000700_administration, and about a plan too.
DROP FUNCTION record_session_refusal(text, text, text, text, text, text, text, text, text[]);
CREATE FUNCTION record_session_refusal(
  p_session_id text, p_approval_id text, p_plan_id text, p_run_id text, p_tenant_id text, p_code text, p_action text,
  p_reasons_digest text, p_event_id text, p_salts text[]
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_tenant text;
  v_run_id text;
BEGIN
  SELECT tenant_id, run_id INTO v_tenant, v_run_id FROM approval WHERE approval_id = p_approval_id;
  IF NOT FOUND THEN
    SELECT tenant_id, run_id INTO v_tenant, v_run_id FROM plan WHERE plan_id = p_plan_id;
  END IF;
  IF NOT FOUND THEN
    SELECT tenant_id, run_id INTO v_tenant, v_run_id FROM run WHERE run_id = p_run_id;
  END IF;
  IF NOT FOUND THEN
    SELECT tenant_id INTO v_tenant FROM tenant WHERE tenant_id = p_tenant_id;
  END IF;
  IF v_tenant IS NULL OR v_person IS NULL THEN RETURN false; END IF;
  PERFORM set_config('app.tenant', v_tenant, true);

  PERFORM audit_append(
    p_event_id, 'request.refused', jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId'),
    jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId'),
    jsonb_build_object(
      'approvalId', p_approval_id, 'planId', p_plan_id, 'runId', v_run_id, 'code', p_code, 'action', p_action),
    jsonb_build_object('reasons', p_reasons_digest), p_salts);

  RETURN true;
END
$$;

-- As in 20261122000800_hot_path: functions keep their plans. Replacing one forgets that.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname IN (
      'record_call', 'read_call', 'consume_approval', 'take_plan_item', 'record_plan', 'vote_on_plan')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END
$$;
