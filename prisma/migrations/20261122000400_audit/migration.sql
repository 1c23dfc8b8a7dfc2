-- The audit log's only writer (SPEC 5.1). Called in the transaction of the action it records, so an
-- action whose leaf cannot be written does not happen.

-- SHA-256("deltaseal/commit/v1" || 0x00 || JCS({name, salt, value})) in hex. p_value is JCS already.
CREATE FUNCTION audit_commitment(p_name text, p_salt text, p_value text)
RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
  SELECT encode(sha256(
    convert_to('deltaseal/commit/v1', 'UTF8') || '\x00'::bytea ||
    convert_to('{"name":' || to_json(p_name)::text || ',"salt":"' || p_salt || '","value":' || p_value || '}', 'UTF8')
  ), 'hex')
$$;

-- Appends one leaf to the log of the tenant in app.tenant.
--
-- p_actor and p_subject are {kind, id}. p_plain holds ids, enums, integers and times; p_secret holds
-- everything else, of which the leaf gets only commitments. Values are JSON scalars, for which
-- PostgreSQL's own rendering is RFC 8785's; nulls are left out. p_salts are 32 random bytes in hex,
-- one for each secret.
CREATE FUNCTION audit_append(
  p_event_id text, p_type text, p_actor jsonb, p_subject jsonb, p_plain jsonb, p_secret jsonb, p_salts text[]
)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  v_tenant text := current_setting('app.tenant', true);
  v_at timestamptz := date_trunc('milliseconds', clock_timestamp());
  v_epoch int;
  v_fields text;
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

  WITH secret AS (
    SELECT key, value::text AS value, p_salts[row_number() OVER (ORDER BY key COLLATE "C")] AS salt
    FROM jsonb_each(p_secret) WHERE jsonb_typeof(value) <> 'null'
  ), field AS (
    SELECT key, value::text AS rendered FROM jsonb_each(p_plain) WHERE jsonb_typeof(value) <> 'null'
    UNION ALL
    SELECT key, '{"commit":"' || audit_commitment(key, salt, value) || '"}' FROM secret
  )
  SELECT coalesce(string_agg(to_json(key)::text || ':' || rendered, ',' ORDER BY key COLLATE "C"), '')
  INTO v_fields FROM field;

  INSERT INTO audit_leaf (
    tenant_id, epoch, event_id, sequence, type, at, run_id, call_id, approval_id, execution_id, leaf
  ) VALUES (
    v_tenant, v_epoch, p_event_id, nextval('audit_sequence'), p_type, v_at,
    p_plain ->> 'runId', p_plain ->> 'callId', p_plain ->> 'approvalId', p_plain ->> 'executionId',
    convert_to(
      '{"actor":{"id":' || (p_actor -> 'id')::text || ',"kind":' || (p_actor -> 'kind')::text || '}' ||
      ',"at":' || floor(extract(epoch FROM v_at) * 1000)::bigint ||
      ',"epoch":' || v_epoch ||
      ',"eventId":' || to_json(p_event_id)::text ||
      ',"fields":{' || v_fields || '}' ||
      ',"subject":{"id":' || (p_subject -> 'id')::text || ',"kind":' || (p_subject -> 'kind')::text || '}' ||
      ',"type":' || to_json(p_type)::text || ',"v":1}', 'UTF8')
  );

  INSERT INTO audit_field (tenant_id, event_id, name, salt, value)
  SELECT v_tenant, p_event_id, key, p_salts[row_number() OVER (ORDER BY key COLLATE "C")], value::text
  FROM jsonb_each(p_secret) WHERE jsonb_typeof(value) <> 'null';
END
$$;

-- Records that an authenticated key was refused (403 or 422), in a transaction of its own. Answers false
-- when the key is not live, so that the caller says 401 instead.
CREATE FUNCTION record_refusal(
  p_public_id text, p_secret_mac bytea, p_address inet, p_code text, p_action text, p_reasons_digest text,
  p_event_id text, p_salts text[]
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  v_key record;
BEGIN
  SELECT * INTO v_key FROM key_principal(p_public_id, p_secret_mac, p_address);
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);

  PERFORM audit_append(
    p_event_id, 'request.refused', jsonb_build_object('kind', 'key', 'id', v_key.key_id),
    jsonb_build_object('kind', 'key', 'id', v_key.key_id),
    jsonb_build_object('code', p_code, 'action', p_action),
    jsonb_build_object('reasons', p_reasons_digest), p_salts);

  RETURN true;
END
$$;

-- Records how many more refusals of one kind a key had in a minute than were given a leaf each (class B).
CREATE FUNCTION record_refusals_counted(
  p_public_id text, p_secret_mac bytea, p_address inet, p_code text, p_count int, p_event_id text
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  v_key record;
BEGIN
  SELECT * INTO v_key FROM key_principal(p_public_id, p_secret_mac, p_address);
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM set_config('app.tenant', v_key.tenant_id, true);

  PERFORM audit_append(
    p_event_id, 'request.refusals_counted', jsonb_build_object('kind', 'key', 'id', v_key.key_id),
    jsonb_build_object('kind', 'key', 'id', v_key.key_id),
    jsonb_build_object('code', p_code, 'count', p_count), '{}', '{}');

  RETURN true;
END
$$;
