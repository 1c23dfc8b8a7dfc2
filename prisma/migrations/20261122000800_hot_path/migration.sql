-- Run tokens (SPEC 6), and hot functions that cost less: who asks is found without a set, a call is decided and
-- recorded in one round trip, and what a leaf commits to is one row.

-- CreateTable
CREATE TABLE "run_token" (
    "tenant_id" TEXT NOT NULL,
    "token_id" TEXT NOT NULL,
    "chain_id" TEXT NOT NULL,
    "public_id" TEXT NOT NULL,
    "secret_mac" BYTEA NOT NULL,
    "run_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "issued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "run_token_pkey" PRIMARY KEY ("tenant_id","token_id")
);

-- CreateTable
CREATE TABLE "audit_opening" (
    "tenant_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "names" TEXT[],
    "salts" TEXT[],
    "values" TEXT[],

    CONSTRAINT "audit_opening_pkey" PRIMARY KEY ("tenant_id","event_id")
);

-- AlterTable
ALTER TABLE "tenant" ADD COLUMN "rules_version" BIGINT NOT NULL DEFAULT 0;

-- DropIndex
DROP INDEX "change_part_tenant_id_target_key_idx";

-- CreateIndex
CREATE INDEX "run_token_public_id_idx" ON "run_token"("public_id");

-- CreateIndex
CREATE UNIQUE INDEX "run_token_tenant_id_public_id_key" ON "run_token"("tenant_id", "public_id");

-- CreateIndex
CREATE INDEX "run_token_tenant_id_run_id_idx" ON "run_token"("tenant_id", "run_id");

-- AddForeignKey
ALTER TABLE "run_token" ADD CONSTRAINT "run_token_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "run"("tenant_id", "run_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_token" ADD CONSTRAINT "run_token_tenant_id_key_id_fkey" FOREIGN KEY ("tenant_id", "key_id") REFERENCES "api_key"("tenant_id", "key_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- The salts and values behind one leaf's commitments were a row each: nine rows, nine index entries and nine
-- foreign-key checks for one tool call. Now they are three arrays in one row, opened and erased by position.
-- Row-level security is forced on the owner too: bound to no tenant, it would copy nothing and then drop everything.
ALTER TABLE "audit_field" NO FORCE ROW LEVEL SECURITY;
INSERT INTO audit_opening (tenant_id, event_id, names, salts, "values")
SELECT tenant_id, event_id, array_agg(name ORDER BY name COLLATE "C"), array_agg(salt ORDER BY name COLLATE "C"),
  array_agg(value ORDER BY name COLLATE "C")
FROM audit_field GROUP BY tenant_id, event_id;

DROP TABLE "audit_field";

DO $$
DECLARE
  v_table text;
BEGIN
  FOREACH v_table IN ARRAY ARRAY['run_token', 'audit_opening']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', v_table);
    EXECUTE format(
      $policy$CREATE POLICY tenant_read ON %I FOR SELECT USING (
        tenant_id = ANY (string_to_array(
          concat_ws(',', current_setting('app.tenant', true), current_setting('app.tenants', true)), ','))
      )$policy$, v_table);
    EXECUTE format(
      $policy$CREATE POLICY tenant_insert ON %I FOR INSERT
        WITH CHECK (tenant_id = current_setting('app.tenant', true))$policy$, v_table);
    EXECUTE format(
      $policy$CREATE POLICY tenant_update ON %I FOR UPDATE
        USING (tenant_id = current_setting('app.tenant', true))
        WITH CHECK (tenant_id = current_setting('app.tenant', true))$policy$, v_table);
    EXECUTE format(
      $policy$CREATE POLICY tenant_delete ON %I FOR DELETE
        USING (tenant_id = current_setting('app.tenant', true))$policy$, v_table);
  END LOOP;
END
$$;

GRANT SELECT, INSERT, DELETE ON "run_token" TO deltaseal_app;
GRANT SELECT, INSERT ON "audit_opening" TO deltaseal_app;

-- As for api_key: found by its public id before a tenant is known, by one function and its owner only.
CREATE POLICY lookup_token ON "run_token" FOR SELECT TO CURRENT_USER USING (true);

-- A closed run has no tokens, whoever closed it.
CREATE FUNCTION run_tokens_end()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  DELETE FROM run_token WHERE tenant_id = NEW.tenant_id AND run_id = NEW.run_id;
  RETURN NULL;
END
$$;

CREATE TRIGGER run_closed AFTER UPDATE OF status ON run
  FOR EACH ROW WHEN (NEW.status <> 'open') EXECUTE FUNCTION run_tokens_end();

-- What a decision on a call rests on besides the call, its key and its run. Whoever decided under an older version
-- decided under other rules, and record_call sends them back.
CREATE FUNCTION rules_moved()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE tenant SET rules_version = rules_version + 1
  WHERE tenant_id = CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END;
  RETURN NULL;
END
$$;

CREATE FUNCTION tenant_rules_moved()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  NEW.rules_version := OLD.rules_version + 1;
  RETURN NEW;
END
$$;

CREATE TRIGGER rules_moved AFTER INSERT OR UPDATE OR DELETE ON tool
  FOR EACH ROW EXECUTE FUNCTION rules_moved();
CREATE TRIGGER rules_moved AFTER INSERT OR UPDATE OR DELETE ON tool_allowance
  FOR EACH ROW EXECUTE FUNCTION rules_moved();
CREATE TRIGGER rules_moved AFTER UPDATE ON api_key
  FOR EACH ROW EXECUTE FUNCTION rules_moved();
CREATE TRIGGER tenant_rules_moved BEFORE UPDATE ON tenant
  FOR EACH ROW EXECUTE FUNCTION tenant_rules_moved();

-- Who asks: an API key, or a run token with the key behind it. Only for a token are run_id and token_id not null.
CREATE TYPE live_key AS (
  tenant_id text, key_id text, family_id text, key_prefix text, owner_id text, created_by_id text,
  environments text[], scopes text[], run_id text, token_id text, epoch int, policy_version int, rules_version bigint
);

DROP FUNCTION key_principal(text, bytea, inet);

-- The live key or run token with this public id and secret digest, or null. Revoked, expired, used from another
-- address and belonging to a suspended tenant all look like one that was never there; a token lives no longer than
-- its key, and its row goes with its run.
CREATE FUNCTION find_live_key(p_public_id text, p_secret_mac bytea, p_address inet)
RETURNS live_key
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
  v_found public.live_key;
  v_addresses text[];
BEGIN
  SELECT k.tenant_id, k.key_id, coalesce(k.family_id, k.key_id), 'dsl_' || k.mode || '_' || left(k.public_id, 6),
    k.owner_id, k.created_by_id, k.environments, k.scopes, NULL, NULL, t.epoch, t.policy_version, t.rules_version,
    k.addresses
  INTO v_found.tenant_id, v_found.key_id, v_found.family_id, v_found.key_prefix, v_found.owner_id,
    v_found.created_by_id, v_found.environments, v_found.scopes, v_found.run_id, v_found.token_id, v_found.epoch,
    v_found.policy_version, v_found.rules_version, v_addresses
  FROM public.api_key k JOIN public.tenant t ON t.tenant_id = k.tenant_id
  WHERE k.public_id = p_public_id AND k.secret_mac = p_secret_mac
    AND k.revoked_at IS NULL AND k.expires_at > clock_timestamp() AND t.status = 'active'
  LIMIT 1;

  IF NOT FOUND THEN
    SELECT k.tenant_id, k.key_id, coalesce(k.family_id, k.key_id), 'dsl_' || k.mode || '_' || left(k.public_id, 6),
      k.owner_id, k.created_by_id, k.environments,
      ARRAY(SELECT scope FROM unnest(k.scopes) AS scope WHERE scope IN ('request', 'poll', 'execute')),
      x.run_id, x.token_id, t.epoch, t.policy_version, t.rules_version, k.addresses
    INTO v_found.tenant_id, v_found.key_id, v_found.family_id, v_found.key_prefix, v_found.owner_id,
      v_found.created_by_id, v_found.environments, v_found.scopes, v_found.run_id, v_found.token_id, v_found.epoch,
      v_found.policy_version, v_found.rules_version, v_addresses
    FROM public.run_token x
    JOIN public.api_key k ON k.tenant_id = x.tenant_id AND k.key_id = x.key_id
    JOIN public.tenant t ON t.tenant_id = x.tenant_id
    WHERE x.public_id = p_public_id AND x.secret_mac = p_secret_mac AND x.expires_at > clock_timestamp()
      AND k.revoked_at IS NULL AND k.expires_at > clock_timestamp() AND t.status = 'active'
    LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
  END IF;

  IF cardinality(v_addresses) > 0 AND p_address <<= ANY (v_addresses::inet[]) IS NOT TRUE THEN RETURN NULL; END IF;

  RETURN v_found;
END
$$;

REVOKE ALL ON FUNCTION find_live_key(text, bytea, inet) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_live_key(text, bytea, inet) TO deltaseal_app;

-- Whether a key or token may know of a run at all.
CREATE FUNCTION reaches_run(p_key live_key, p_run_id text, p_environment text)
RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
  SELECT p_environment = ANY ((p_key).environments) AND coalesce((p_key).run_id, p_run_id) = p_run_id
$$;

-- SHA-256("deltaseal/commit/v1" || 0x00 || JCS({name, salt, value})) in hex. p_value is JCS already. Names are ASCII
-- words, so they need no escaping.
CREATE OR REPLACE FUNCTION audit_commitment(p_name text, p_salt text, p_value text)
RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
  SELECT encode(sha256(
    '\x64656c74617365616c2f636f6d6d69742f763100'::bytea ||
    convert_to('{"name":"' || p_name || '","salt":"' || p_salt || '","value":' || p_value || '}', 'UTF8')
  ), 'hex')
$$;

-- Appends one leaf to the log of a tenant, which must be the one in app.tenant. The log's only writer.
--
-- p_names are the fields in the order of their bytes, p_values their JSON text, null for one that is left out. A
-- field with a salt (32 random bytes in hex) is committed to; one without stands in the leaf as it is.
CREATE FUNCTION audit_write(
  p_tenant_id text, p_epoch int, p_event_id text, p_type text, p_actor_kind text, p_actor_id text,
  p_subject_kind text, p_subject_id text, p_run_id text, p_call_id text, p_approval_id text, p_execution_id text,
  p_names text[], p_values text[], p_salts text[]
)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  v_at timestamptz := date_trunc('milliseconds', clock_timestamp());
  v_fields text;
  v_names text[];
  v_salts text[];
  v_values text[];
BEGIN
  SELECT
    string_agg('"' || name || '":' || CASE
      WHEN salt IS NULL THEN value
      ELSE '{"commit":"' || audit_commitment(name, salt, value) || '"}' END, ','),
    array_agg(name) FILTER (WHERE salt IS NOT NULL),
    array_agg(salt) FILTER (WHERE salt IS NOT NULL),
    array_agg(value) FILTER (WHERE salt IS NOT NULL)
  INTO v_fields, v_names, v_salts, v_values
  FROM unnest(p_names, p_values, p_salts) AS field(name, value, salt)
  WHERE value IS NOT NULL;

  INSERT INTO audit_leaf (
    tenant_id, epoch, event_id, sequence, type, at, run_id, call_id, approval_id, execution_id, leaf
  ) VALUES (
    p_tenant_id, p_epoch, p_event_id, nextval('audit_sequence'), p_type, v_at, p_run_id, p_call_id, p_approval_id,
    p_execution_id,
    convert_to(
      '{"actor":{"id":' || to_json(p_actor_id)::text || ',"kind":"' || p_actor_kind || '"}' ||
      ',"at":' || floor(extract(epoch FROM v_at) * 1000)::bigint ||
      ',"epoch":' || p_epoch ||
      ',"eventId":"' || p_event_id || '"' ||
      ',"fields":{' || coalesce(v_fields, '') || '}' ||
      ',"subject":{"id":' || to_json(p_subject_id)::text || ',"kind":"' || p_subject_kind || '"}' ||
      ',"type":"' || p_type || '","v":1}', 'UTF8')
  );

  IF v_names IS NOT NULL THEN
    INSERT INTO audit_opening (tenant_id, event_id, names, salts, "values")
    VALUES (p_tenant_id, p_event_id, v_names, v_salts, v_values);
  END IF;
END
$$;

-- The same for callers that hold JSON: p_actor and p_subject are {kind, id}; p_plain holds ids, enums, integers and
-- times; p_secret everything else. Values are JSON scalars, for which PostgreSQL's own rendering is RFC 8785's;
-- nulls are left out. p_salts are 32 random bytes in hex, one for each secret.
CREATE OR REPLACE FUNCTION audit_append(
  p_event_id text, p_type text, p_actor jsonb, p_subject jsonb, p_plain jsonb, p_secret jsonb, p_salts text[]
)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  v_tenant text := current_setting('app.tenant', true);
  v_epoch int;
  v_names text[];
  v_values text[];
  v_salts text[];
BEGIN
  SELECT epoch INTO STRICT v_epoch FROM tenant WHERE tenant_id = v_tenant;

  IF EXISTS (
    SELECT FROM jsonb_each(p_plain || p_secret) WHERE jsonb_typeof(value) IN ('object', 'array')
  ) THEN
    RAISE EXCEPTION 'audit fields are scalars';
  END IF;

  IF (SELECT count(*) FROM jsonb_each(p_secret) WHERE jsonb_typeof(value) <> 'null')
     > (SELECT count(DISTINCT salt) FROM unnest(p_salts) AS salt WHERE salt ~ '^[0-9a-f]{64}$') THEN
    RAISE EXCEPTION 'every secret audit field needs a salt of its own';
  END IF;

  SELECT array_agg(key ORDER BY key COLLATE "C"), array_agg(value ORDER BY key COLLATE "C"),
    array_agg(salt ORDER BY key COLLATE "C")
  INTO v_names, v_values, v_salts
  FROM (
    SELECT key, value::text, NULL AS salt FROM jsonb_each(p_plain) WHERE jsonb_typeof(value) <> 'null'
    UNION ALL
    SELECT key, value::text, p_salts[row_number() OVER (ORDER BY key COLLATE "C")]
    FROM jsonb_each(p_secret) WHERE jsonb_typeof(value) <> 'null'
  ) AS field;

  PERFORM audit_write(
    v_tenant, v_epoch, p_event_id, p_type, p_actor ->> 'kind', p_actor ->> 'id', p_subject ->> 'kind',
    p_subject ->> 'id', p_plain ->> 'runId', p_plain ->> 'callId', p_plain ->> 'approvalId',
    p_plain ->> 'executionId', v_names, v_values, v_salts);
END
$$;

-- Records that an authenticated key or token was refused (403 or 422), in a transaction of its own. Answers false
-- when it is not live, so that the caller says 401 instead.
CREATE OR REPLACE FUNCTION record_refusal(
  p_public_id text, p_secret_mac bytea, p_address inet, p_code text, p_action text, p_reasons_digest text,
  p_event_id text, p_salts text[]
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
BEGIN
  IF v_key.key_id IS NULL THEN RETURN false; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);

  PERFORM audit_append(
    p_event_id, 'request.refused', jsonb_build_object('kind', 'key', 'id', v_key.key_id),
    jsonb_build_object('kind', 'key', 'id', v_key.key_id),
    jsonb_build_object('code', p_code, 'action', p_action, 'runId', v_key.run_id, 'tokenId', v_key.token_id),
    jsonb_build_object('reasons', p_reasons_digest), p_salts);

  RETURN true;
END
$$;

-- Records how many more refusals of one kind a key or token had in a minute than were given a leaf each (class B).
CREATE OR REPLACE FUNCTION record_refusals_counted(
  p_public_id text, p_secret_mac bytea, p_address inet, p_code text, p_count int, p_event_id text
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
BEGIN
  IF v_key.key_id IS NULL THEN RETURN false; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);

  PERFORM audit_append(
    p_event_id, 'request.refusals_counted', jsonb_build_object('kind', 'key', 'id', v_key.key_id),
    jsonb_build_object('kind', 'key', 'id', v_key.key_id),
    jsonb_build_object('code', p_code, 'count', p_count, 'runId', v_key.run_id, 'tokenId', v_key.token_id),
    '{}', '{}');

  RETURN true;
END
$$;

-- Claims an idempotency key for a create in this transaction; false when another request has it. Waits for one that
-- is under way.
CREATE OR REPLACE FUNCTION idempotency_claim(
  p_tenant_id text, p_key_id text, p_route text, p_key_mac bytea, p_body_mac bytea, p_status int, p_resource_id text
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
  LOOP
    INSERT INTO idempotency (tenant_id, key_id, route, key_mac, body_mac, status, resource_id, created_at)
    VALUES (p_tenant_id, p_key_id, p_route, p_key_mac, p_body_mac, p_status, p_resource_id, clock_timestamp())
    ON CONFLICT DO NOTHING;
    IF FOUND THEN RETURN true; END IF;

    DELETE FROM idempotency
    WHERE tenant_id = p_tenant_id AND key_id = p_key_id AND route = p_route AND key_mac = p_key_mac
      AND created_at <= clock_timestamp() - interval '24 hours';
    IF NOT FOUND THEN RETURN false; END IF;
  END LOOP;
END
$$;

-- Everything that policy looks at for one call: {principal, tenant, run, tools[], allowed, patchPaths, prior}.
-- Null when the key is not live. run is null when there is no such run for the key; prior is what the same
-- idempotency key came to before. All but the prior holds for as long as tenant.rulesVersion does, and record_call
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
-- that is no longer open it is {"code": "run_closed"}. {"code": "prior", "prior"} is what the same idempotency key
-- came to before. Otherwise {"code": null, "requestedAt", "expiresAt", "moved"}: moved are the positions of the
-- parts whose before is not what the last execution left behind.
DROP FUNCTION record_call(
  text, bytea, inet, jsonb, bytea, text[], int[], bytea[], bytea[], bytea, bytea, text, text[]);
CREATE FUNCTION record_call(
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
  v_prior jsonb;
  v_moved int[];
BEGIN
  IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);

  SELECT status INTO v_status
  FROM run WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id FOR SHARE SKIP LOCKED;
  IF NOT FOUND THEN
    SELECT status INTO v_status FROM run WHERE tenant_id = v_key.tenant_id AND run_id = v_run_id FOR SHARE;
    IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;
    -- Again, because key and rules may have moved while this waited for the row.
    v_key := find_live_key(p_public_id, p_secret_mac, p_address);
    IF v_key.key_id IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  END IF;
  IF coalesce(v_key.run_id, v_run_id) <> v_run_id THEN RETURN '{"code": "not_found"}'; END IF;
  IF v_key.rules_version <> p_rules_version THEN RETURN '{"code": "rules_moved"}'; END IF;
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
  INSERT INTO blob (tenant_id, digest, bytes, wrapped_key, sealed)
  SELECT v_key.tenant_id, b.* FROM unnest(p_digests, p_sizes, p_wrapped_keys, p_sealed) AS b
  ON CONFLICT DO NOTHING;

  INSERT INTO tool_call (
    tenant_id, call_id, run_id, key_id, server, name, version, tier, definition_hash, decision, reasons,
    agent_reason, input_digest, input_redacted, policy_version, requested_at
  ) VALUES (
    v_key.tenant_id, v_call_id, v_run_id, v_key.key_id, p_call ->> 'server', p_call ->> 'name', p_call ->> 'version',
    p_call ->> 'tier', p_call ->> 'definitionHash', v_decision, p_call -> 'reasons',
    p_call ->> 'agentReason', p_call ->> 'inputDigest', p_call ->> 'inputRedacted', v_policy_version, v_now
  );

  IF v_change IS NOT NULL THEN
    -- A before that is not what the last execution left behind is shown to the reviewer.
    SELECT array_agg(part.position) INTO v_moved
    FROM jsonb_array_elements(v_change -> 'parts') WITH ORDINALITY AS part(value, position)
    JOIN target_state s ON s.tenant_id = v_key.tenant_id AND s.target_key = part.value ->> 'targetKey'
    WHERE s.state <> part.value -> 'beforeObserved';

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
      after_digest, added, removed, hidden_characters, flags, changed_fields
    )
    SELECT v_key.tenant_id, v_call_id, part.position, part.value ->> 'kind', part.value ->> 'op', part.value -> 'target',
      part.value ->> 'targetKey', part.value -> 'before', part.value -> 'after', part.value -> 'before' ->> 'digest',
      part.value -> 'after' ->> 'digest', (part.value ->> 'added')::int, (part.value ->> 'removed')::int,
      (part.value ->> 'hiddenCharacters')::int,
      ARRAY(SELECT jsonb_array_elements_text(part.value -> 'flags'))
        || CASE WHEN part.position = ANY (v_moved) THEN ARRAY['before_unexpected'] ELSE '{}'::text[] END,
      ARRAY(SELECT jsonb_array_elements_text(part.value -> 'changedFields'))
    FROM jsonb_array_elements(v_change -> 'parts') WITH ORDINALITY AS part(value, position);
  END IF;

  IF v_decision = 'pending' THEN
    v_expires := v_now + make_interval(secs => (p_call -> 'approval' ->> 'ttlSeconds')::int);
    INSERT INTO approval (
      tenant_id, approval_id, call_id, run_id, key_id, change_hash, required, policy_version, requested_at, expires_at
    ) VALUES (
      v_key.tenant_id, v_approval_id, v_call_id, v_run_id, v_key.key_id, v_change_hash,
      p_call -> 'approval' -> 'required', v_policy_version, v_now, v_expires
    );
  ELSIF v_decision = 'allow' THEN
    INSERT INTO execution (tenant_id, execution_id, call_id, run_id, key_id, started_at)
    VALUES (v_key.tenant_id, v_execution_id, v_call_id, v_run_id, v_key.key_id, v_now);
  END IF;

  PERFORM audit_write(
    v_key.tenant_id, v_key.epoch, p_event_id,
    CASE v_decision WHEN 'allow' THEN 'tool_call.allowed' WHEN 'pending' THEN 'tool_call.pending' ELSE 'tool_call.denied' END,
    'key', v_key.key_id, 'call', v_call_id, v_run_id, v_call_id, v_approval_id, v_execution_id,
    ARRAY[
      'approvalId', 'callId', 'changeHash', 'code', 'decision', 'definition', 'diff', 'executionId', 'input',
      'policyVersion', 'reason', 'reasons', 'runId', 'server', 'tier', 'tokenId', 'tool', 'toolVersion'],
    ARRAY[
      to_json(v_approval_id)::text, to_json(v_call_id)::text, to_json(v_change_hash)::text,
      to_json(p_call -> 'reasons' -> 0 ->> 'code')::text, to_json(v_decision)::text,
      to_json(p_call ->> 'definitionHash')::text, to_json(v_change ->> 'diffDigest')::text,
      to_json(v_execution_id)::text, to_json(p_call ->> 'inputDigest')::text, v_policy_version::text,
      to_json(p_call ->> 'agentReason')::text, to_json(p_call ->> 'reasonsDigest')::text, to_json(v_run_id)::text,
      to_json(p_call ->> 'server')::text, to_json(p_call ->> 'tier')::text, to_json(v_key.token_id)::text,
      to_json(p_call ->> 'name')::text, to_json(p_call ->> 'version')::text],
    ARRAY[
      NULL, NULL, p_salts[1], NULL, NULL, p_salts[2], p_salts[3], NULL, p_salts[4], NULL, p_salts[5], p_salts[6],
      NULL, p_salts[7], NULL, NULL, p_salts[8], p_salts[9]]);

  RETURN jsonb_build_object('code', NULL, 'requestedAt', v_now, 'expiresAt', v_expires, 'moved', v_moved);
END
$$;

-- What an approval is read from: the approval as callers see it (SPEC 9.1), the run by which a key may see it, and
-- the bytes: its envelope and its sealed diff. As json, since nobody looks inside on the way.
DROP FUNCTION read_approval_by_key(text, bytea, inet, text);
DROP FUNCTION read_approval_by_session(text, text);
DROP FUNCTION read_call(text, bytea, inet, text);
DROP FUNCTION approval_read_of(text, text);
DROP FUNCTION approval_json(text, text);
DROP TYPE approval_read;
CREATE TYPE approval_read AS (
  approval json, run_id text, environment text, envelope bytea, diff_key bytea, diff_sealed bytea
);

CREATE FUNCTION approval_read_of(p_tenant_id text, p_approval_id text)
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

-- Reads an approval with a key or token: one row {code, …}.
CREATE FUNCTION read_approval_by_key(
  p_public_id text, p_secret_mac bytea, p_address inet, p_approval_id text,
  OUT code text, OUT tenant_id text, OUT approval json, OUT envelope bytea, OUT diff_key bytea, OUT diff_sealed bytea
)
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
  v_read approval_read;
BEGIN
  tenant_id := v_key.tenant_id;
  IF v_key.key_id IS NULL THEN code := 'unauthenticated'; RETURN; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);
  IF NOT 'poll' = ANY (v_key.scopes) THEN code := 'scope_missing'; RETURN; END IF;

  v_read := approval_read_of(v_key.tenant_id, p_approval_id);
  IF reaches_run(v_key, v_read.run_id, v_read.environment) IS NOT TRUE THEN code := 'not_found'; RETURN; END IF;

  approval := v_read.approval;
  envelope := v_read.envelope;
  diff_key := v_read.diff_key;
  diff_sealed := v_read.diff_sealed;
END
$$;

-- Reads an approval with a session, whichever of the person's tenants it is in.
CREATE FUNCTION read_approval_by_session(
  p_session_id text, p_approval_id text,
  OUT code text, OUT tenant_id text, OUT approval json, OUT envelope bytea, OUT diff_key bytea, OUT diff_sealed bytea
)
LANGUAGE plpgsql
AS $$
DECLARE
  v_read approval_read;
BEGIN
  IF bind_session(p_session_id) IS NULL THEN code := 'unauthenticated'; RETURN; END IF;

  SELECT a.tenant_id INTO tenant_id FROM approval a WHERE a.approval_id = p_approval_id;
  v_read := approval_read_of(tenant_id, p_approval_id);
  IF v_read.run_id IS NULL THEN code := 'not_found'; RETURN; END IF;

  approval := v_read.approval;
  envelope := v_read.envelope;
  diff_key := v_read.diff_key;
  diff_sealed := v_read.diff_sealed;
END
$$;

-- A call that was answered before, for answering it again: one row {tenant_id, call, approval, …}.
CREATE FUNCTION read_call(p_public_id text, p_secret_mac bytea, p_address inet, p_call_id text)
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
    'policyVersion', c.policy_version, 'changeHash', ch.change_hash, 'executionId', e.execution_id,
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

-- How an approval stands, for waiting on it and for reading what the caller's process knows already: no content. What
-- is not here moves only with its version.
DROP FUNCTION poll_approval_by_key(text, bytea, inet, text);
CREATE FUNCTION poll_approval_by_key(
  p_public_id text, p_secret_mac bytea, p_address inet, p_approval_id text,
  OUT code text, OUT status text, OUT version int, OUT expires_at timestamptz, OUT use_by timestamptz,
  OUT decided_at timestamptz, OUT ended_because text
)
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
BEGIN
  IF v_key.key_id IS NULL THEN code := 'unauthenticated'; RETURN; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);
  IF NOT 'poll' = ANY (v_key.scopes) THEN code := 'scope_missing'; RETURN; END IF;

  SELECT approval_status_now(a), a.version, a.expires_at, a.use_by, a.decided_at, a.ended_because
  INTO status, version, expires_at, use_by, decided_at, ended_because
  FROM approval a JOIN run r ON r.tenant_id = a.tenant_id AND r.run_id = a.run_id
  WHERE a.tenant_id = v_key.tenant_id AND a.approval_id = p_approval_id
    AND reaches_run(v_key, r.run_id, r.environment);
  IF NOT FOUND THEN code := 'not_found'; END IF;
END
$$;

-- Spends an approved approval, once. p_observed is the JCS of the observed states. Answers
-- {"code": null, "replayed", "permit": {…}} or {"code": …, "status"}.
CREATE OR REPLACE FUNCTION consume_approval(
  p_public_id text, p_secret_mac bytea, p_address inet, p_approval_id text, p_run_id text, p_change_hash text,
  p_nonce_digest text, p_body_digest text, p_observed text, p_execution_id text, p_event_id text, p_salts text[]
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
  SELECT c.server, c.name, c.version, c.definition_hash, c.input_digest, ch.before_states,
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
  INTO v_call.server, v_call.name, v_call.version, v_call.definition_hash, v_call.input_digest, v_before_states,
    v_is_pinned, v_is_allowed, v_voters
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
      'voters', v_voters));
END
$$;

-- Whether a key, or the key behind a token, is this key or its successor in a rotation (SPEC 4.1).
CREATE FUNCTION is_same_key(p_key live_key, p_key_id text)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN p_key.key_id = p_key_id OR EXISTS (
    SELECT FROM api_key
    WHERE tenant_id = p_key.tenant_id AND key_id = p_key_id AND coalesce(family_id, key_id) = p_key.family_id);
END
$$;

-- Records what an execution did, once. The same report again gets the same answer.
CREATE OR REPLACE FUNCTION record_outcome(
  p_public_id text, p_secret_mac bytea, p_address inet, p_execution_id text, p_status text, p_observed_after text,
  p_output_sha256 text, p_output_redacted text, p_receipts jsonb, p_receipts_digest text, p_outcome_digest text,
  p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_key live_key := find_live_key(p_public_id, p_secret_mac, p_address);
  v_execution execution;
  v_change change;
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
    v_matches := CASE WHEN v_change.call_id IS NOT NULL AND p_status = 'applied' THEN p_observed_after = v_change.after_states END;

    UPDATE execution SET
      status = p_status, finished_at = clock_timestamp(), observed_after = p_observed_after, matches_approved = v_matches,
      late = status = 'unknown' OR started_at <= clock_timestamp() - interval '15 minutes',
      output_sha256 = p_output_sha256, output_redacted = p_output_redacted, receipts = p_receipts,
      outcome_digest = p_outcome_digest
    WHERE tenant_id = v_key.tenant_id AND execution_id = p_execution_id
    RETURNING * INTO v_execution;

    IF p_status = 'applied' AND v_change.call_id IS NOT NULL THEN
      INSERT INTO target_state (tenant_id, target_key, state, execution_id, observed_at)
      SELECT v_key.tenant_id, p.target_key, seen.value, p_execution_id, clock_timestamp()
      FROM jsonb_array_elements(p_observed_after::jsonb) WITH ORDINALITY AS seen(value, position)
      JOIN change_part p ON p.tenant_id = v_key.tenant_id AND p.call_id = v_execution.call_id AND p.position = seen.position
      ON CONFLICT (tenant_id, target_key) DO UPDATE
      SET state = excluded.state, execution_id = excluded.execution_id, observed_at = excluded.observed_at;
    END IF;

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

-- Every look-up in these finds one row by its key, whatever the values: planning for them again, five times on every
-- connection, costs more than a thousand calls gain.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname IN (
      'call_context', 'record_call', 'read_call', 'read_approval_by_key', 'read_approval_by_session',
      'poll_approval_by_key', 'poll_approval_by_session', 'cast_vote', 'consume_approval', 'record_outcome',
      'record_refusal', 'record_refusals_counted')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END
$$;
