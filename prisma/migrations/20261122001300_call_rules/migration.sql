-- What decides on a call besides tiers: a tenant's policy, its limits, whom it has written to before and what its
-- run has read.

-- AlterTable
ALTER TABLE "tool_call" ADD COLUMN "matched_rule" TEXT,
ADD COLUMN "checks" TEXT,
ADD COLUMN "facts_digest" TEXT,
ADD COLUMN "dry_run" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "egress" TEXT[],
ADD COLUMN "taints" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "approval" ADD COLUMN "use_within_seconds" INTEGER NOT NULL DEFAULT 600,
ADD COLUMN "reason_required" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "place" INTEGER;

-- AlterTable
ALTER TABLE "change_part" ADD COLUMN "recipients" BYTEA[],
ADD COLUMN "from_key" TEXT;

-- AlterTable
ALTER TABLE "run" ADD COLUMN "limits" JSONB,
ADD COLUMN "tainted_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "known_recipient" (
    "tenant_id" TEXT NOT NULL,
    "address_mac" BYTEA NOT NULL,
    "execution_id" TEXT NOT NULL,
    "first_sent_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "known_recipient_pkey" PRIMARY KEY ("tenant_id","address_mac")
);

-- CreateTable
CREATE TABLE "limit_slot" (
    "tenant_id" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "window_start" TIMESTAMPTZ(3) NOT NULL,
    "slot" INTEGER NOT NULL,
    "used" BIGINT NOT NULL,
    "cap" BIGINT NOT NULL,
    "total" BIGINT NOT NULL,
    "run_id" TEXT,

    CONSTRAINT "limit_slot_pkey" PRIMARY KEY ("tenant_id","scope","window_start","slot")
);

-- A place among the open approvals belongs to one of them. Leaving the open states gives it back.
CREATE UNIQUE INDEX "approval_place_key" ON "approval" ("tenant_id", "place")
  WHERE "place" IS NOT NULL AND "status" IN ('pending', 'approved');

-- A slot is written again and again, and stays on its page.
ALTER TABLE "limit_slot" SET (fillfactor = 50);

-- Keeps the rows of a table with a tenant_id to the tenant that a transaction is bound to, its owner's transactions
-- too; reading may be bound to several. Each new table is given to it by the migration that makes it.
CREATE FUNCTION isolate_tenant_table(p_table text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', p_table);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', p_table);
  -- One comparison with a list, so that an index which starts with the tenant serves every look-up.
  EXECUTE format(
    $policy$CREATE POLICY tenant_read ON %I FOR SELECT USING (
      tenant_id = ANY (string_to_array(
        concat_ws(',', current_setting('app.tenant', true), current_setting('app.tenants', true)), ','))
    )$policy$, p_table);
  EXECUTE format(
    $policy$CREATE POLICY tenant_insert ON %I FOR INSERT
      WITH CHECK (tenant_id = current_setting('app.tenant', true))$policy$, p_table);
  EXECUTE format(
    $policy$CREATE POLICY tenant_update ON %I FOR UPDATE
      USING (tenant_id = current_setting('app.tenant', true))
      WITH CHECK (tenant_id = current_setting('app.tenant', true))$policy$, p_table);
  EXECUTE format(
    $policy$CREATE POLICY tenant_delete ON %I FOR DELETE
      USING (tenant_id = current_setting('app.tenant', true))$policy$, p_table);
END
$$;

REVOKE ALL ON FUNCTION isolate_tenant_table(text) FROM PUBLIC;

SELECT isolate_tenant_table('known_recipient');
SELECT isolate_tenant_table('limit_slot');

GRANT SELECT, INSERT ON "known_recipient" TO deltaseal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "limit_slot" TO deltaseal_app;

-- Which of these recipients the tenant has sent to before.
CREATE FUNCTION known_recipients(p_tenant_id text, p_macs bytea[])
RETURNS bytea[]
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM set_config('app.tenant', p_tenant_id, true);

  RETURN ARRAY(
    SELECT address_mac FROM known_recipient WHERE tenant_id = p_tenant_id AND address_mac = ANY (p_macs));
END
$$;

-- Refuses what would go over a limit. The whole transaction ends with it, so that whatever it has taken of other
-- limits is given back.
CREATE FUNCTION refuse_over_limit(p_name text, p_limit bigint, p_retry_seconds double precision)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'DS429', MESSAGE = p_name, DETAIL = jsonb_build_object(
    'name', p_name, 'limit', p_limit, 'retryAfterSeconds', greatest(1, ceil(p_retry_seconds)::bigint))::text;
END
$$;

-- Makes the slots of one limit in one window where they are not there yet. Whoever comes second waits for the first.
CREATE FUNCTION open_limit(p_tenant_id text, p_scope text, p_run_id text, p_window timestamptz, p_limit bigint)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  v_slots int := least(16, p_limit);
BEGIN
  INSERT INTO limit_slot (tenant_id, scope, window_start, slot, used, cap, total, run_id)
  SELECT p_tenant_id, p_scope, p_window, slot, 0,
    p_limit / v_slots + CASE WHEN slot < p_limit % v_slots THEN 1 ELSE 0 END, p_limit, p_run_id
  FROM generate_series(0, v_slots - 1) AS slot
  WHERE NOT EXISTS (
    SELECT FROM limit_slot WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window)
  ORDER BY slot
  ON CONFLICT DO NOTHING;
END
$$;

-- The slots of one limit in one window, all of them locked in their order, made where they are not there yet and
-- shared out again where the limit is another than it was. Answers how much is used.
CREATE FUNCTION lock_limit(p_tenant_id text, p_scope text, p_run_id text, p_window timestamptz, p_limit bigint)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
  v_used bigint;
  v_count int;
  v_is_same boolean;
BEGIN
  PERFORM open_limit(p_tenant_id, p_scope, p_run_id, p_window, p_limit);

  SELECT sum(used), count(*), bool_and(total = p_limit) INTO v_used, v_count, v_is_same FROM (
    SELECT used, total FROM limit_slot
    WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window
    ORDER BY slot FOR UPDATE) AS locked;

  IF NOT v_is_same THEN
    UPDATE limit_slot SET total = p_limit, cap = used + greatest(0, p_limit - v_used) / v_count
      + CASE WHEN slot < greatest(0, p_limit - v_used) % v_count THEN 1 ELSE 0 END
    WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window;
  END IF;

  RETURN v_used;
END
$$;

-- Takes from a limit, or answers false when there is not enough left. A limit is split over slots, so that callers
-- do not wait for one another on one row: one that is free is taken if it has room, then any, and only what is left
-- when the limit is nearly reached is waited for. Whoever takes from several limits takes in the order of their
-- scopes.
CREATE FUNCTION take_limit(
  p_tenant_id text, p_scope text, p_run_id text, p_window timestamptz, p_limit bigint, p_count bigint
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  v_slot int;
  v_left bigint;
BEGIN
  IF p_count > p_limit THEN RETURN false; END IF;

  IF p_count = 1 THEN
    SELECT slot INTO v_slot FROM limit_slot
    WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND total = p_limit AND used < cap
    ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED;

    IF NOT FOUND THEN
      -- What is used is never given back within its window, so that what is committed is reason enough to refuse.
      IF (SELECT sum(used) >= p_limit AND bool_and(total = p_limit) FROM limit_slot
          WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window) THEN
        RETURN false;
      END IF;
      -- All slots are locked only to be shared out anew: who comes while the first makes them takes one as ever.
      PERFORM open_limit(p_tenant_id, p_scope, p_run_id, p_window, p_limit);
      IF NOT EXISTS (SELECT FROM limit_slot
          WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND total = p_limit) THEN
        PERFORM lock_limit(p_tenant_id, p_scope, p_run_id, p_window, p_limit);
      END IF;
      SELECT slot INTO v_slot FROM limit_slot
      WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND total = p_limit AND used < cap
      ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED;
      IF NOT FOUND THEN
        -- A slot that was used up meanwhile stays locked while the next is waited for: so all wait in one order.
        SELECT slot INTO v_slot FROM limit_slot
        WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND total = p_limit
          AND used < cap
        ORDER BY slot LIMIT 1 FOR UPDATE;
      END IF;
      IF NOT FOUND THEN RETURN false; END IF;
    END IF;

    UPDATE limit_slot SET used = used + 1
    WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND slot = v_slot;
    RETURN true;
  END IF;

  IF lock_limit(p_tenant_id, p_scope, p_run_id, p_window, p_limit) + p_count > p_limit THEN RETURN false; END IF;
  FOR v_slot, v_left IN
    SELECT slot, cap - used FROM limit_slot
    WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND used < cap ORDER BY slot
  LOOP
    UPDATE limit_slot SET used = used + least(v_left, p_count)
    WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND slot = v_slot;
    p_count := p_count - least(v_left, p_count);
    EXIT WHEN p_count = 0;
  END LOOP;
  RETURN true;
END
$$;

-- Holds a call against its limits: [{name, kind, scope, limit, count, windowSeconds, runId}], in the order of their
-- scopes. `count` is taken from the window; `sum` was added up by outcomes and must not be reached; `time` is how
-- long the run may be open.
CREATE FUNCTION hold_to_limits(p_tenant_id text, p_limits jsonb, p_opened_at timestamptz, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  -- What does not come back in this run is not worth asking for again today.
  v_never CONSTANT double precision := 86400;
  v_limit record;
  v_window timestamptz;
BEGIN
  FOR v_limit IN
    SELECT * FROM jsonb_to_recordset(p_limits) AS l(
      name text, kind text, scope text, "limit" bigint, count bigint, "windowSeconds" int, "runId" text)
  LOOP
    IF v_limit.kind = 'time' THEN
      IF p_now >= p_opened_at + make_interval(secs => v_limit."limit") THEN
        PERFORM refuse_over_limit(v_limit.name, v_limit."limit", v_never);
      END IF;
    ELSIF v_limit.kind = 'sum' THEN
      IF (SELECT sum(used) >= v_limit."limit" FROM limit_slot
          WHERE tenant_id = p_tenant_id AND scope = v_limit.scope AND window_start = p_opened_at) THEN
        PERFORM refuse_over_limit(v_limit.name, v_limit."limit", v_never);
      END IF;
    ELSE
      v_window := CASE WHEN v_limit."windowSeconds" IS NULL THEN p_opened_at
        ELSE date_bin(make_interval(secs => v_limit."windowSeconds"), p_now, 'epoch'::timestamptz) END;
      IF NOT take_limit(
        p_tenant_id, v_limit.scope, v_limit."runId", v_window, v_limit."limit", v_limit.count) THEN
        PERFORM refuse_over_limit(
          v_limit.name, v_limit."limit", CASE WHEN v_limit."windowSeconds" IS NULL THEN v_never
            ELSE extract(epoch FROM v_window + make_interval(secs => v_limit."windowSeconds") - p_now) END);
      END IF;
    END IF;
  END LOOP;
END
$$;

-- Adds to what a run has used up by what its outcomes report.
CREATE FUNCTION add_usage(p_tenant_id text, p_run_id text, p_name text, p_amount bigint)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  IF coalesce(p_amount, 0) <= 0 THEN RETURN; END IF;

  INSERT INTO limit_slot (tenant_id, scope, window_start, slot, used, cap, total, run_id)
  SELECT p_tenant_id, 'run:' || p_run_id || ':' || p_name, opened_at, floor(random() * 8)::int, p_amount, 0, 0, p_run_id
  FROM run WHERE tenant_id = p_tenant_id AND run_id = p_run_id AND status = 'open'
  ON CONFLICT (tenant_id, scope, window_start, slot) DO UPDATE SET used = limit_slot.used + excluded.used;
END
$$;

-- A free place for one more open approval, in the range that the limit leaves; null when all are taken.
CREATE FUNCTION free_place(p_tenant_id text, p_limit int)
RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
  v_beyond int;
  v_place int;
BEGIN
  -- The limit was higher when these were asked for: until they are gone, one caller at a time counts them.
  SELECT count(*) INTO v_beyond FROM approval
  WHERE tenant_id = p_tenant_id AND place > p_limit AND status IN ('pending', 'approved');
  IF v_beyond > 0 THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('deltaseal/place/' || p_tenant_id, 0));
    IF (SELECT count(*) >= p_limit FROM approval
        WHERE tenant_id = p_tenant_id AND place IS NOT NULL AND status IN ('pending', 'approved')) THEN
      RETURN NULL;
    END IF;
  END IF;

  SELECT place INTO v_place FROM generate_series(1, p_limit) AS place
  WHERE NOT EXISTS (
    SELECT FROM approval a
    WHERE a.tenant_id = p_tenant_id AND a.place = place.place AND a.status IN ('pending', 'approved'))
  ORDER BY random() LIMIT 1;

  RETURN v_place;
END
$$;

-- Whether an approval has the votes that these stages ask for.
--
-- Each group holds the next: reviewers, admins, owners. So the stages are filled, with nobody counted twice, exactly
-- when there are enough owners for the owners' stages, enough admins for those and the admins', and enough in all.
-- Whoever voted counts only if they could vote now.
CREATE FUNCTION stages_filled(p_tenant_id text, p_approval_id text, p_required jsonb)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_owners int;
  v_admins int;
  v_voters int;
  v_needed jsonb;
BEGIN
  SELECT count(*) FILTER (WHERE 'owner' = ANY (roles)), count(*) FILTER (WHERE roles && ARRAY['owner', 'admin']),
    count(*) FILTER (WHERE roles && ARRAY['owner', 'admin', 'reviewer'])
  INTO v_owners, v_admins, v_voters
  FROM (
    SELECT array_agg(m.role) AS roles
    FROM vote v
    JOIN person p ON p.person_id = v.person_id AND p.disabled_at IS NULL
    JOIN tenant t ON t.tenant_id = p_tenant_id
    JOIN membership m ON m.person_id = v.person_id AND m.ended_at IS NULL AND m.agency_id = t.agency_id
      AND (m.tenant_id IS NULL OR m.tenant_id = p_tenant_id)
    WHERE v.tenant_id = p_tenant_id AND v.approval_id = p_approval_id AND v.decision = 'approve'
    GROUP BY v.person_id
  ) AS voter;
  SELECT jsonb_object_agg("group", needed) INTO v_needed FROM (
    SELECT stage ->> 'group' AS "group", sum((stage ->> 'count')::int) AS needed
    FROM jsonb_array_elements(p_required) AS stage GROUP BY 1) AS stages;

  RETURN v_owners >= coalesce((v_needed ->> 'owners')::int, 0)
    AND v_admins >= coalesce((v_needed ->> 'owners')::int, 0) + coalesce((v_needed ->> 'admins')::int, 0)
    AND v_voters >= greatest(1, (SELECT sum(value::int) FROM jsonb_each_text(v_needed)));
END
$$;

-- What the policy looked at when a call was decided, sealed; null where it was not asked.
CREATE FUNCTION read_call_facts(
  p_tenant_id text, p_call_id text, OUT digest text, OUT wrapped_key bytea, OUT sealed bytea
)
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM set_config('app.tenant', p_tenant_id, true);

  SELECT b.digest, b.wrapped_key, b.sealed INTO digest, wrapped_key, sealed
  FROM tool_call c JOIN blob b ON b.tenant_id = c.tenant_id AND b.digest = c.facts_digest
  WHERE c.tenant_id = p_tenant_id AND c.call_id = p_call_id;
END
$$;

-- Everything that policy looks at for one call: {principal, tenant, run, tools[], allowed, patchPaths, prior}.
-- Null when the key is not live. run is null when there is no such run for the key; prior is what the same
-- idempotency key came to before. All but the prior and the taint of the run holds for as long as tenant.rulesVersion does, and record_call
-- looks at key, run and version again.
CREATE OR REPLACE FUNCTION call_context(
  p_public_id text, p_secret_mac bytea, p_address inet, p_run_id text, p_server text, p_name text,
  p_idempotency_key bytea, p_body_mac bytea
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
  v_run run;
  v_allowed boolean;
  v_patch_paths text[];
BEGIN
  IF v_key.key_id IS NULL THEN RETURN NULL; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);

  IF coalesce(v_key.run_id, p_run_id) = p_run_id THEN
    SELECT * INTO v_run FROM run WHERE tenant_id = v_key.tenant_id AND run_id = p_run_id;
  END IF;
  SELECT true, patch_paths INTO v_allowed, v_patch_paths FROM tool_allowance
  WHERE tenant_id = v_key.tenant_id AND environment = v_run.environment AND server = p_server AND name = p_name;

  RETURN jsonb_build_object(
    'prior', CASE WHEN p_idempotency_key IS NOT NULL AND v_run.run_id IS NOT NULL THEN idempotency_prior(
      v_key.tenant_id, v_key.key_id, 'POST /tool-calls', p_idempotency_key, p_body_mac) END,
    'principal', jsonb_build_object(
      'tenantId', v_key.tenant_id, 'keyId', v_key.key_id, 'ownerId', v_key.owner_id, 'prefix', v_key.key_prefix,
      'createdById', v_key.created_by_id, 'environments', v_key.environments, 'scopes', v_key.scopes),
    'tenant', (
      SELECT jsonb_build_object(
        'name', name, 'policyVersion', v_key.policy_version, 'rulesVersion', v_key.rules_version)
      FROM tenant WHERE tenant_id = v_key.tenant_id),
    'run', CASE WHEN v_run.run_id IS NULL THEN NULL ELSE jsonb_build_object(
      'runId', v_run.run_id, 'environment', v_run.environment, 'status', v_run.status, 'workflow', v_run.workflow,
      'step', v_run.step, 'agent', v_run.actor_agent, 'model', v_run.actor_model, 'operatorId', v_run.operator_id,
      'openedAt', floor(extract(epoch FROM v_run.opened_at) * 1000)::bigint, 'limits', v_run.limits,
      'isTainted', v_run.tainted_at IS NOT NULL,
      'requestedTools', CASE WHEN v_run.tools_limited THEN to_jsonb(v_run.requested_tools) END) END,
    'tools', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'version', version, 'definitionHash', definition_hash, 'tier', tier, 'status', status)), '[]')
      FROM tool WHERE tenant_id = v_key.tenant_id AND server = p_server AND name = p_name),
    'allowed', v_allowed IS TRUE,
    'patchPaths', v_patch_paths
  );
END
$$;

-- Records one decided call with its change, its approval or execution, and its leaf.
--
-- The decision rests on a context that may be old: when the rules have moved since (p_rules_version), nothing is
-- written and the answer is {"code": "rules_moved"}. The run is locked against closing and looked at again: for one
-- that is no longer open it is {"code": "run_closed"}; one that was tainted since counts as rules that moved. A limit
-- that is reached ends the transaction with SQLSTATE DS429. {"code": "prior", "prior"} is what the same idempotency key
-- came to before. Otherwise {"code": null, "requestedAt", "expiresAt", "moved"}: moved are the positions of the
-- parts whose before is not what the last execution left behind.
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
  SELECT status, opened_at, tainted_at INTO v_status, v_opened_at, v_tainted_at
  FROM run WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id FOR SHARE SKIP LOCKED;
  IF NOT FOUND OR v_taints THEN
    SELECT status, opened_at, tainted_at INTO v_status, v_opened_at, v_tainted_at
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

  IF p_idempotency_key IS NOT NULL AND NOT idempotency_claim(
    v_key.tenant_id, v_key.key_id, 'POST /tool-calls', p_idempotency_key, p_body_mac, (p_call ->> 'status')::int,
    v_call_id) THEN
    RETURN jsonb_build_object('code', 'prior', 'prior', idempotency_prior(
      v_key.tenant_id, v_key.key_id, 'POST /tool-calls', p_idempotency_key, p_body_mac));
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
    -- A before that is not what the last execution left behind is shown to the reviewer.
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
        expires_at, use_within_seconds, reason_required, place
      ) VALUES (
        v_key.tenant_id, v_approval_id, v_call_id, v_run_id, v_key.key_id, v_change_hash,
        p_call -> 'approval' -> 'required', v_policy_version, v_now, v_expires,
        (p_call -> 'approval' ->> 'useWithinSeconds')::int, (p_call -> 'approval' ->> 'isReasonRequired')::boolean,
        v_place
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
    'endedBecause', a.ended_because,
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

-- A call that was answered before, for answering it again: one row {tenant_id, call, approval, …}.
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
  WHERE c.tenant_id = v_key.tenant_id AND c.call_id = p_call_id AND c.key_id = v_key.key_id
    AND c.run_id = coalesce(v_key.run_id, c.run_id);

  IF v_call IS NOT NULL THEN
    SELECT r.* INTO v_read FROM approval a, approval_read_of(a.tenant_id, a.approval_id) r
    WHERE a.tenant_id = v_key.tenant_id AND a.call_id = p_call_id;
  END IF;

  RETURN QUERY SELECT v_key.tenant_id, v_call, v_read.approval, v_read.envelope, v_read.diff_key, v_read.diff_sealed;
END
$$;

-- Casts one person's vote. Codes: unauthenticated, not_found, forbidden, separation_of_duties,
-- approval_closed, expired, hash_mismatch, reason_required, already_voted; null when the vote counts.
DROP FUNCTION cast_vote(text, text, text, text, text, int, text, text[]);
CREATE FUNCTION cast_vote(
  p_session_id text, p_approval_id text, p_decision text, p_change_hash text, p_reason text,
  p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_actor jsonb;
  v_tenant text;
  v_run run;
  v_key api_key;
  v_approval approval;
  v_status text;
  v_refusal text;
  v_roles text[];
BEGIN
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  SELECT tenant_id INTO v_tenant FROM approval WHERE approval_id = p_approval_id;
  IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;
  PERFORM set_config('app.tenant', v_tenant, true);
  v_actor := jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId');

  SELECT r.* INTO v_run FROM run r JOIN approval a ON a.tenant_id = r.tenant_id AND a.run_id = r.run_id
  WHERE a.tenant_id = v_tenant AND a.approval_id = p_approval_id FOR SHARE OF r;
  SELECT * INTO v_approval FROM approval WHERE tenant_id = v_tenant AND approval_id = p_approval_id FOR UPDATE;
  -- Again, because the session or the membership may have ended while this vote waited for the row.
  v_person := bind_session(p_session_id);
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  IF NOT v_tenant = ANY (string_to_array(current_setting('app.tenants'), ',')) THEN
    RETURN '{"code": "not_found"}';
  END IF;
  SELECT * INTO v_key FROM api_key WHERE tenant_id = v_tenant AND key_id = v_approval.key_id;

  -- The widest group that is asked: a vote that could never count is not taken.
  v_roles := CASE
    WHEN jsonb_array_length(v_approval.required) = 0 THEN ARRAY['owner', 'admin', 'reviewer']
    WHEN NOT v_approval.required @? '$[*] ? (@.group != "owners")' THEN ARRAY['owner']
    WHEN NOT v_approval.required @? '$[*] ? (@.group != "owners" && @.group != "admins")' THEN ARRAY['owner', 'admin']
    ELSE ARRAY['owner', 'admin', 'reviewer'] END;
  v_refusal := CASE
    WHEN NOT EXISTS (
      SELECT FROM jsonb_array_elements(v_person -> 'tenants') AS t
      WHERE t ->> 'tenantId' = v_tenant AND t -> 'roles' ?| CASE p_decision
        WHEN 'deny' THEN ARRAY['owner', 'admin', 'reviewer'] ELSE v_roles END) THEN 'forbidden'
    WHEN v_person ->> 'personId' IN (v_key.owner_id, v_key.created_by_id, v_run.operator_id) THEN 'separation_of_duties'
  END;
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

  IF p_reason IS NULL AND (p_decision = 'deny' OR v_approval.reason_required) THEN
    RETURN jsonb_build_object('code', 'reason_required', 'tenantId', v_tenant);
  END IF;

  INSERT INTO vote (tenant_id, approval_id, person_id, decision, reason, change_hash, session_id, voted_at)
  VALUES (v_tenant, p_approval_id, v_person ->> 'personId', p_decision, p_reason, p_change_hash, p_session_id, clock_timestamp())
  ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN jsonb_build_object('code', 'already_voted', 'tenantId', v_tenant); END IF;

  v_status := CASE
    WHEN p_decision = 'deny' THEN 'denied'
    WHEN stages_filled(v_tenant, p_approval_id, v_approval.required) THEN 'approved'
    ELSE 'pending' END;

  UPDATE approval SET
    status = v_status, version = version + 1,
    decided_at = CASE WHEN v_status <> 'pending' THEN clock_timestamp() END,
    use_by = CASE WHEN v_status = 'approved' THEN clock_timestamp() + make_interval(secs => v_approval.use_within_seconds) END
  WHERE tenant_id = v_tenant AND approval_id = p_approval_id AND version = v_approval.version AND status = 'pending';
  IF NOT FOUND THEN RAISE EXCEPTION 'the approval moved under its lock'; END IF;

  PERFORM audit_append(
    p_event_id, CASE v_status WHEN 'pending' THEN 'approval.voted' ELSE 'approval.' || v_status END, v_actor,
    jsonb_build_object('kind', 'approval', 'id', p_approval_id),
    jsonb_build_object(
      'runId', v_approval.run_id, 'callId', v_approval.call_id, 'approvalId', p_approval_id, 'sessionId', p_session_id,
      'decision', p_decision, 'from', 'pending', 'to', v_status),
    jsonb_build_object('changeHash', p_change_hash, 'reason', p_reason), p_salts);

  RETURN jsonb_build_object('code', NULL, 'tenantId', v_tenant, 'runId', v_approval.run_id);
END
$$;

-- Spends an approved approval, once. p_observed is the JCS of the observed states. Answers
-- {"code": null, "replayed", "permit": {…}} or {"code": …, "status"}.
--
-- Where the policy is another than the one that was asked, {"code": "policy_moved", "callId", "policyVersion",
-- "isTainted"} and nothing has happened: the caller comes back with what that version says (SPEC 4.2.4), as
-- p_ruling {policyVersion, effect, required}.
DROP FUNCTION consume_approval(
  text, bytea, inet, text, text, text, text, text, text, text, text, text[]);
CREATE FUNCTION consume_approval(
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
  SELECT c.server, c.name, c.version, c.definition_hash, c.input_digest, c.dry_run, c.egress, c.taints,
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
  INTO v_call.server, v_call.name, v_call.version, v_call.definition_hash, v_call.input_digest,
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
      'server', v_call.server, 'tool', v_call.name, 'toolVersion', v_call.version,
      'definitionHash', v_call.definition_hash, 'inputDigest', v_call.input_digest,
      'changeHash', v_approval.change_hash, 'approvalId', p_approval_id, 'policyVersion', v_approval.policy_version,
      'voters', v_voters, 'isDryRun', v_call.dry_run, 'egress', coalesce(v_call.egress, '{}')));
END
$$;

-- Records what an execution did, once. The same report again gets the same answer.
DROP FUNCTION record_outcome(
  text, bytea, inet, text, text, text, text, text, jsonb, text, text, text, text[]);
CREATE FUNCTION record_outcome(
  p_public_id text, p_secret_mac bytea, p_address inet, p_execution_id text, p_status text, p_observed_after text,
  p_output_sha256 text, p_output_redacted text, p_receipts jsonb, p_receipts_digest text, p_outcome_digest text,
  p_output_bytes bigint, p_tokens bigint, p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
  v_execution execution;
  v_change change;
  v_is_dry_run boolean;
  v_matches boolean;
  v_waited boolean;
BEGIN
  IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);
  IF NOT 'execute' = ANY (v_key.scopes) THEN
    RETURN jsonb_build_object('code', 'scope_missing', 'tenantId', v_key.tenant_id);
  END IF;

  SELECT * INTO v_execution FROM execution
  WHERE tenant_id = v_key.tenant_id AND execution_id = p_execution_id FOR UPDATE SKIP LOCKED;
  v_waited := NOT FOUND;
  IF NOT FOUND THEN
    SELECT * INTO v_execution FROM execution
    WHERE tenant_id = v_key.tenant_id AND execution_id = p_execution_id FOR UPDATE;
  END IF;
  IF NOT FOUND OR coalesce(v_key.run_id, v_execution.run_id) <> v_execution.run_id
    OR NOT is_same_key(v_key, v_execution.key_id) THEN
    RETURN '{"code": "not_found"}';
  END IF;
  IF v_waited THEN
    -- Again, because the key may have been revoked while this report waited for the row.
    v_key := find_live_key(p_public_id, p_secret_mac, p_address);
    IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  END IF;

  IF v_execution.status IN ('started', 'unknown') THEN
    SELECT * INTO v_change FROM change WHERE tenant_id = v_key.tenant_id AND call_id = v_execution.call_id;
    SELECT dry_run INTO v_is_dry_run FROM tool_call
    WHERE tenant_id = v_key.tenant_id AND call_id = v_execution.call_id;
    IF v_change.call_id IS NOT NULL AND p_status = 'applied' THEN
      -- What was only tried left everything as it was; of a move its destination is reported.
      v_matches := CASE WHEN v_is_dry_run THEN p_observed_after::jsonb = (
        SELECT jsonb_agg(CASE WHEN p.op = 'move' THEN '{"state": "absent"}'
          ELSE p.before_state - ARRAY['format', 'value', 'version'] END ORDER BY p.position)
        FROM change_part p WHERE p.tenant_id = v_key.tenant_id AND p.call_id = v_execution.call_id)
      ELSE p_observed_after = v_change.after_states END;
    END IF;

    UPDATE execution SET
      status = p_status, finished_at = clock_timestamp(), observed_after = p_observed_after, matches_approved = v_matches,
      late = status = 'unknown' OR started_at <= clock_timestamp() - interval '15 minutes',
      output_sha256 = p_output_sha256, output_redacted = p_output_redacted, receipts = p_receipts,
      outcome_digest = p_outcome_digest
    WHERE tenant_id = v_key.tenant_id AND execution_id = p_execution_id
    RETURNING * INTO v_execution;

    -- A try leaves nothing to remember. A failure leaves what it says it does, but for what was sent, executed or
    -- called: of that there is nothing to see.
    IF v_change.call_id IS NOT NULL AND NOT v_is_dry_run THEN
      INSERT INTO target_state (tenant_id, target_key, state, execution_id, observed_at)
      SELECT v_key.tenant_id, left_behind.target_key, left_behind.state, p_execution_id, clock_timestamp()
      FROM (
        SELECT p.target_key, seen.value AS state
        FROM jsonb_array_elements(p_observed_after::jsonb) WITH ORDINALITY AS seen(value, position)
        JOIN change_part p
          ON p.tenant_id = v_key.tenant_id AND p.call_id = v_execution.call_id AND p.position = seen.position
        WHERE p_status = 'applied' OR p.kind NOT IN ('message', 'command', 'call')
        UNION ALL
        -- Where a moved file was, there is none now.
        SELECT p.from_key, '{"state": "absent"}' FROM change_part p
        WHERE p.tenant_id = v_key.tenant_id AND p.call_id = v_execution.call_id AND p.from_key IS NOT NULL
          AND (p_status = 'applied' OR p_observed_after::jsonb -> (p.position - 1) = p.after_state)
      ) AS left_behind
      ORDER BY left_behind.target_key
      ON CONFLICT (tenant_id, target_key) DO UPDATE
      SET state = excluded.state, execution_id = excluded.execution_id, observed_at = excluded.observed_at;

      INSERT INTO known_recipient (tenant_id, address_mac, execution_id, first_sent_at)
      SELECT DISTINCT v_key.tenant_id, mac, p_execution_id, clock_timestamp()
      FROM change_part p, unnest(p.recipients) AS mac
      WHERE p.tenant_id = v_key.tenant_id AND p.call_id = v_execution.call_id AND p_status = 'applied'
      ORDER BY mac
      ON CONFLICT DO NOTHING;
    END IF;

    PERFORM add_usage(v_key.tenant_id, v_execution.run_id, 'outputBytes', p_output_bytes);
    PERFORM add_usage(v_key.tenant_id, v_execution.run_id, 'tokens', p_tokens);

    PERFORM audit_append(
      p_event_id, 'execution.' || p_status, jsonb_build_object('kind', 'key', 'id', v_key.key_id),
      jsonb_build_object('kind', 'execution', 'id', p_execution_id),
      jsonb_build_object(
        'runId', v_execution.run_id, 'callId', v_execution.call_id, 'approvalId', v_execution.approval_id,
        'executionId', p_execution_id, 'status', p_status, 'late', v_execution.late, 'matchesApproved', v_matches,
        'tokenId', v_key.token_id),
      jsonb_build_object(
        'observedAfter', p_observed_after, 'output', p_output_sha256, 'receipts', p_receipts_digest), p_salts);
  ELSIF v_execution.outcome_digest <> p_outcome_digest THEN
    RETURN jsonb_build_object('code', 'outcome_recorded', 'status', v_execution.status, 'tenantId', v_key.tenant_id);
  END IF;

  RETURN jsonb_build_object(
    'code', NULL, 'tenantId', v_key.tenant_id, 'runId', v_execution.run_id, 'approvalId', v_execution.approval_id,
    'outcome', jsonb_build_object(
      'executionId', p_execution_id, 'status', v_execution.status, 'matchesApproved', v_execution.matches_approved,
      'late', v_execution.late));
END
$$;

-- What no limit looks at any more: windows that are over, and what a run used that is closed. The look-up crosses the
-- border between tenants as those of the jobs do.
CREATE POLICY lookup_due ON "limit_slot" FOR SELECT TO CURRENT_USER USING (current_setting('app.lookup', true) = 'due');

CREATE FUNCTION tenant_of_old_limits()
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT s.tenant_id FROM public.limit_slot s
    WHERE s.window_start <= now() - interval '2 days' AND s.run_id IS NULL LIMIT 1);
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

REVOKE ALL ON FUNCTION tenant_of_old_limits() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_of_old_limits() TO deltaseal_app;

-- What a run has used is of no use once nothing can be asked in it.
CREATE FUNCTION run_limits_end()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM limit_slot
  WHERE tenant_id = NEW.tenant_id AND scope = ANY (ARRAY(
    SELECT 'run:' || NEW.run_id || ':' || name FROM unnest(ARRAY['toolCalls', 'writes', 'outputBytes', 'tokens']) AS name));
  RETURN NULL;
END
$$;

CREATE TRIGGER run_limits_closed AFTER UPDATE OF status ON run
  FOR EACH ROW WHEN (NEW.status <> 'open') EXECUTE FUNCTION run_limits_end();

-- As in 20261122000800_hot_path: functions keep their plans. Replacing one forgets that.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname IN (
      'call_context', 'record_call', 'read_call', 'cast_vote', 'consume_approval', 'record_outcome', 'take_limit',
      'lock_limit', 'open_limit', 'hold_to_limits', 'free_place', 'known_recipients', 'add_usage', 'stages_filled',
      'read_call_facts')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END
$$;
