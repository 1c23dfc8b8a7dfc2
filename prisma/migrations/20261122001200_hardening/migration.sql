-- Records that a signed-in person was refused (403 or 422) on what is no one tenant's: in the log of each that they
-- have a part in, as what happens to their account. Gives how many; one event id and one salt for each at least.
CREATE FUNCTION record_person_refusal(
  p_session_id text, p_code text, p_action text, p_reasons_digest text, p_event_ids text[], p_salts text[]
)
RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_party jsonb := jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId');
  v_tenant text;
  v_count int := 0;
BEGIN
  FOR v_tenant IN
    SELECT t ->> 'tenantId' FROM jsonb_array_elements(v_person -> 'tenants') AS t LIMIT cardinality(p_event_ids)
  LOOP
    v_count := v_count + 1;
    PERFORM set_config('app.tenant', v_tenant, true);
    PERFORM audit_append(
      p_event_ids[v_count], 'request.refused', v_party, v_party,
      jsonb_build_object('code', p_code, 'action', p_action),
      jsonb_build_object('reasons', p_reasons_digest), p_salts[v_count:v_count]);
  END LOOP;

  RETURN v_count;
END
$$;

-- Functions that run with their owner's rights look in pg_temp last. A search path that does not name it has it
-- first, for types too: whoever may make a temporary domain called "text" would have its check run as the owner.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, public, pg_temp', v_function);
  END LOOP;
END
$$;
