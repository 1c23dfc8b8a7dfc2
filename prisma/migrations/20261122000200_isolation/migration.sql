-- The border between tenants (SPEC 6).
--
-- Reads see the tenants in app.tenants and the one in app.tenant; writes only the one in app.tenant.
-- Both are set for one transaction by set_config(…, true). Nothing set means no rows. Row-level
-- security is forced, so it holds for the owner of the tables too.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'deltaseal_app') THEN
    CREATE ROLE deltaseal_app NOLOGIN;
  END IF;
END
$$;

DO $$
DECLARE
  v_table text;
BEGIN
  FOREACH v_table IN ARRAY ARRAY[
    'tenant', 'api_key', 'tool', 'tool_allowance', 'run', 'tool_call', 'change', 'change_part', 'blob',
    'target_state', 'idempotency', 'approval', 'vote', 'execution', 'audit_leaf', 'audit_field'
  ]
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', v_table);
    EXECUTE format(
      -- One comparison with a list, so that an index which starts with the tenant serves every look-up.
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

-- Two look-ups happen before a tenant is known: the key's row and a person's tenants. They are made by
-- SECURITY DEFINER functions that return one row each; only their owner may see past the border, and
-- only to read these two tables.
CREATE POLICY lookup_key ON "api_key" FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY lookup_tenant ON "tenant" FOR SELECT TO CURRENT_USER USING (true);

-- The app role reads and writes rows and owns nothing. What is not granted here cannot be done: a leaf
-- cannot be changed or deleted, a vote or a change cannot be edited.
GRANT USAGE ON SCHEMA public TO deltaseal_app;
GRANT USAGE ON SEQUENCE "audit_sequence" TO deltaseal_app;
GRANT USAGE ON SEQUENCE "sign_in_failure_failure_id_seq" TO deltaseal_app;

GRANT SELECT, INSERT, UPDATE ON
  "agency", "person", "membership", "session", "tenant", "api_key", "tool", "run", "approval", "execution", "target_state"
  TO deltaseal_app;
GRANT SELECT, INSERT, DELETE ON "sign_in_failure", "tool_allowance", "blob", "idempotency" TO deltaseal_app;
GRANT SELECT, INSERT ON
  "tool_call", "change", "change_part", "vote", "audit_leaf", "audit_field"
  TO deltaseal_app;
