-- Canaries: changes that nobody asked for, put before people to see whether they would notice, and that can never run.

-- CreateTable
CREATE TABLE "canary_setting" (
    "tenant_id" TEXT NOT NULL,
    "period_days" INTEGER,
    "changed_by_id" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "canary_setting_pkey" PRIMARY KEY ("tenant_id"),
    CONSTRAINT "canary_setting_period" CHECK ("period_days" IN (7, 14, 30))
);

-- CreateTable
CREATE TABLE "canary" (
    "tenant_id" TEXT NOT NULL,
    "canary_id" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "commitment" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'planned',
    "planned_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "appears_at" TIMESTAMPTZ(3) NOT NULL,
    "source_approval_id" TEXT,
    "approval_id" TEXT,
    "call_id" TEXT,
    "run_id" TEXT,
    "deviation" TEXT,
    "words" TEXT,
    "ended_because" TEXT,
    "ended_at" TIMESTAMPTZ(3),
    "revealed_at" TIMESTAMPTZ(3),

    CONSTRAINT "canary_pkey" PRIMARY KEY ("tenant_id","canary_id"),
    CONSTRAINT "canary_status" CHECK ("status" IN ('planned', 'out', 'denied', 'approved', 'expired', 'dropped')),
    CONSTRAINT "canary_ended" CHECK (("status" IN ('planned', 'out')) = ("ended_at" IS NULL)),
    CONSTRAINT "canary_revealed" CHECK ("revealed_at" IS NULL OR "ended_at" IS NOT NULL),
    -- What was out is known whole; what never was is known of nothing.
    CONSTRAINT "canary_out" CHECK (
        num_nulls("source_approval_id", "approval_id", "call_id", "run_id", "deviation", "words") IN (0, 6)
        AND ("approval_id" IS NOT NULL OR "status" IN ('planned', 'dropped'))
        AND ("approval_id" IS NULL OR "status" <> 'planned'))
);

-- CreateTable
CREATE TABLE "canary_notice" (
    "tenant_id" TEXT NOT NULL,
    "canary_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "dismissed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "canary_notice_pkey" PRIMARY KEY ("tenant_id","canary_id","person_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "canary_tenant_id_approval_id_key" ON "canary"("tenant_id", "approval_id");

-- CreateIndex
CREATE UNIQUE INDEX "canary_tenant_id_call_id_key" ON "canary"("tenant_id", "call_id");

-- AddForeignKey
ALTER TABLE "canary_setting" ADD CONSTRAINT "canary_setting_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "canary" ADD CONSTRAINT "canary_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "canary" ADD CONSTRAINT "canary_tenant_id_approval_id_fkey" FOREIGN KEY ("tenant_id", "approval_id") REFERENCES "approval"("tenant_id", "approval_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "canary_notice" ADD CONSTRAINT "canary_notice_tenant_id_canary_id_fkey" FOREIGN KEY ("tenant_id", "canary_id") REFERENCES "canary"("tenant_id", "canary_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- One at a time in each tenant, whoever plans it.
CREATE UNIQUE INDEX "canary_under_way" ON "canary" ("tenant_id") WHERE "status" IN ('planned', 'out');

-- Those that are told leave this index.
CREATE INDEX "canary_unrevealed" ON "canary" ("tenant_id") WHERE "ended_at" IS NOT NULL AND "revealed_at" IS NULL;

SELECT isolate_tenant_table('canary_setting');
SELECT isolate_tenant_table('canary');
SELECT isolate_tenant_table('canary_notice');
CREATE POLICY lookup_due ON "canary" FOR SELECT TO CURRENT_USER USING (current_setting('app.lookup', true) = 'due');
CREATE POLICY lookup_due ON "canary_setting" FOR SELECT TO CURRENT_USER
  USING (current_setting('app.lookup', true) = 'due');

-- What proves a canary, and that it is one, is written once: no statement of the serving role takes it back.
GRANT SELECT, INSERT ON "canary_setting", "canary", "canary_notice" TO deltaseal_app;
GRANT UPDATE ("period_days", "changed_by_id", "changed_at") ON "canary_setting" TO deltaseal_app;
GRANT UPDATE (
  "status", "appears_at", "source_approval_id", "approval_id", "call_id", "run_id", "deviation", "words",
  "ended_because", "ended_at", "revealed_at") ON "canary" TO deltaseal_app;

-- Planned, out, over: a canary goes one way, and what it is about never changes.
CREATE FUNCTION keep_canary()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF OLD.approval_id IS NOT NULL AND (OLD.approval_id, OLD.call_id, OLD.run_id, OLD.source_approval_id, OLD.deviation, OLD.words)
      IS DISTINCT FROM (NEW.approval_id, NEW.call_id, NEW.run_id, NEW.source_approval_id, NEW.deviation, NEW.words)
    OR OLD.ended_at IS NOT NULL AND (OLD.status, OLD.ended_because, OLD.ended_at)
      IS DISTINCT FROM (NEW.status, NEW.ended_because, NEW.ended_at)
    OR OLD.status = 'out' AND NEW.status = 'planned'
    OR OLD.revealed_at IS NOT NULL AND NEW.revealed_at IS DISTINCT FROM OLD.revealed_at THEN
    RAISE EXCEPTION 'what a canary is does not change';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER canary_kept BEFORE UPDATE ON canary FOR EACH ROW EXECUTE FUNCTION keep_canary();

-- What becomes of a canary is written with the vote, the expiry or whatever else ends it: it holds with no worker running.
CREATE FUNCTION end_canary()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE canary SET ended_at = clock_timestamp(),
    status = CASE WHEN NEW.status IN ('denied', 'approved', 'expired') THEN NEW.status ELSE 'dropped' END,
    ended_because = CASE WHEN NEW.status NOT IN ('denied', 'approved', 'expired') THEN NEW.ended_because END
  WHERE tenant_id = NEW.tenant_id AND approval_id = NEW.approval_id AND status = 'out';
  RETURN NULL;
END
$$;

CREATE TRIGGER canary_ends AFTER UPDATE OF status ON approval
  FOR EACH ROW WHEN (OLD.status = 'pending' AND NEW.status <> 'pending') EXECUTE FUNCTION end_canary();

-- Nothing comes of a canary, whoever writes: it is not spent, and no other approval takes anything from it.
CREATE FUNCTION refuse_use_of_canary()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF EXISTS (
    SELECT FROM canary
    WHERE tenant_id = NEW.tenant_id AND (approval_id = NEW.derived_from
      OR approval_id = NEW.approval_id AND (NEW.status = 'consumed' OR num_nonnulls(NEW.carry_hash, NEW.derived_from) > 0))) THEN
    RAISE EXCEPTION USING ERRCODE = 'DS410', MESSAGE = 'a canary cannot be used';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER canary_unused BEFORE INSERT OR UPDATE OF status, derived_from, carry_hash ON approval
  FOR EACH ROW WHEN (NEW.status = 'consumed' OR NEW.derived_from IS NOT NULL OR NEW.carry_hash IS NOT NULL)
  EXECUTE FUNCTION refuse_use_of_canary();

CREATE FUNCTION refuse_execution_of_canary()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF EXISTS (
    SELECT FROM canary
    WHERE tenant_id = NEW.tenant_id AND (approval_id = NEW.approval_id OR call_id = NEW.call_id)) THEN
    RAISE EXCEPTION USING ERRCODE = 'DS410', MESSAGE = 'a canary cannot be used';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER canary_never_runs BEFORE INSERT OR UPDATE OF approval_id, call_id ON execution
  FOR EACH ROW EXECUTE FUNCTION refuse_execution_of_canary();

-- The first tenant after this one in which a canary is to appear or to be told, or is to be planned, or null.
CREATE FUNCTION next_tenant_with_due_canary(p_after text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT t.tenant_id FROM public.tenant t
    WHERE t.tenant_id > p_after AND (
      EXISTS (SELECT FROM public.canary c
        WHERE c.tenant_id = t.tenant_id AND c.status = 'planned' AND c.appears_at <= now())
      OR EXISTS (SELECT FROM public.canary c
        WHERE c.tenant_id = t.tenant_id AND c.ended_at IS NOT NULL AND c.revealed_at IS NULL)
      OR EXISTS (SELECT FROM public.canary_setting s
        WHERE s.tenant_id = t.tenant_id AND s.period_days IS NOT NULL)
        AND NOT EXISTS (SELECT FROM public.canary c
          WHERE c.tenant_id = t.tenant_id AND c.status IN ('planned', 'out')))
    ORDER BY t.tenant_id LIMIT 1);
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

REVOKE ALL ON FUNCTION next_tenant_with_due_canary(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_tenant_with_due_canary(text) TO deltaseal_app;

-- Lets a canary out: opens a run as the agent of its source would, and asks in it as that would. All of it, the leaves
-- too, is what record_call makes of any request, so that nothing tells it from one; but for tokens, whose secret nobody
-- ever had, so that no agent can reach the run.
--
-- p_run is {runId, tokenId, tokenPublicId, tokenMac}, p_canary {canaryId, sourceApprovalId, deviation, words,
-- withToken, address}. p_pause is how long after the run its first call comes, in seconds. Event ids: of the run and of
-- the call; salts: four for the run, eleven for the call. Codes: gone when it is not due or under somebody's hands;
-- unauthenticated, not_found, scope_missing, rules_moved, run_closed as record_call has them; state_moved when the target
-- holds something else by now; null when it is out.
CREATE FUNCTION release_canary(
  p_tenant_id text, p_canary jsonb, p_run jsonb, p_rules_version bigint, p_call jsonb, p_envelope bytea,
  p_digests text[], p_sizes int[], p_wrapped_keys bytea[], p_sealed bytea[], p_pause double precision,
  p_event_ids text[], p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_run_id text := p_run ->> 'runId';
  v_canary canary;
  v_source approval;
  v_key api_key;
  v_run run;
  v_token run_token;
  v_recorded jsonb;
  v_refusal text;
BEGIN
  PERFORM set_config('app.tenant', p_tenant_id, true);
  SELECT * INTO v_canary FROM canary
  WHERE tenant_id = p_tenant_id AND canary_id = p_canary ->> 'canaryId' AND status = 'planned'
    AND appears_at <= clock_timestamp() FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN '{"code": "gone"}'; END IF;
  SELECT * INTO STRICT v_source FROM approval
  WHERE tenant_id = p_tenant_id AND approval_id = p_canary ->> 'sourceApprovalId';
  SELECT * INTO STRICT v_key FROM api_key WHERE tenant_id = p_tenant_id AND key_id = v_source.key_id;

  BEGIN
    INSERT INTO run (
      tenant_id, run_id, environment, workflow, step, actor_agent, actor_model, operator_id, key_id, requested_tools,
      tools_limited, limits, opened_at)
    SELECT tenant_id, v_run_id, environment, workflow, step, actor_agent, actor_model, operator_id, key_id,
      requested_tools, tools_limited, limits, clock_timestamp()
    FROM run WHERE tenant_id = p_tenant_id AND run_id = v_source.run_id
    RETURNING * INTO STRICT v_run;
    INSERT INTO run_token (tenant_id, token_id, chain_id, public_id, secret_mac, run_id, key_id, issued_at, expires_at)
    VALUES (
      p_tenant_id, p_run ->> 'tokenId', p_run ->> 'tokenId', p_run ->> 'tokenPublicId',
      decode(p_run ->> 'tokenMac', 'hex'), v_run_id, v_key.key_id, clock_timestamp(),
      clock_timestamp() + interval '15 minutes')
    RETURNING * INTO STRICT v_token;
    PERFORM audit_append(
      p_event_ids[1], 'run.opened', jsonb_build_object('kind', 'key', 'id', v_key.key_id),
      jsonb_build_object('kind', 'run', 'id', v_run_id),
      jsonb_build_object(
        'runId', v_run_id, 'environment', v_run.environment, 'operatorId', v_run.operator_id,
        'issuedTokenId', v_token.token_id,
        'tokenExpiresAt', floor(extract(epoch FROM v_token.expires_at) * 1000)::bigint),
      jsonb_build_object(
        'workflow', v_run.workflow, 'step', v_run.step, 'agent', v_run.actor_agent, 'model', v_run.actor_model),
      p_salts[1:4]);
    PERFORM pg_sleep(p_pause);

    v_recorded := record_call(
      CASE WHEN (p_canary ->> 'withToken')::boolean THEN v_token.public_id ELSE v_key.public_id END,
      CASE WHEN (p_canary ->> 'withToken')::boolean THEN v_token.secret_mac ELSE v_key.secret_mac END,
      (p_canary ->> 'address')::inet, p_rules_version, p_call, p_envelope, p_digests, p_sizes, p_wrapped_keys, p_sealed,
      NULL, NULL, p_event_ids[2], p_salts[5:15]);
    v_refusal := coalesce(
      v_recorded ->> 'code', CASE WHEN jsonb_typeof(v_recorded -> 'moved') = 'array' THEN 'state_moved' END);
    IF v_refusal IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = 'DS409', MESSAGE = v_refusal; END IF;
  EXCEPTION WHEN SQLSTATE 'DS409' THEN
    RETURN jsonb_build_object('code', v_refusal);
  END;

  UPDATE canary SET status = 'out', source_approval_id = v_source.approval_id, run_id = v_run_id,
    approval_id = p_call -> 'approval' ->> 'approvalId', call_id = p_call ->> 'callId',
    deviation = p_canary ->> 'deviation', words = p_canary ->> 'words'
  WHERE tenant_id = p_tenant_id AND canary_id = v_canary.canary_id;

  RETURN jsonb_build_object('code', NULL, 'runId', v_run_id);
END
$$;
