-- Jobs: what the clock decides when nobody asks. The queue's own tables are made by its library at start-up
-- (ADR 0024).

-- What is due. These look-ups cross the border between tenants as those of …_principals do: each function
-- answers with one tenant's id, and the work is done inside that tenant. The policies let the owner read, but
-- only while one of these functions says so; nobody else is helped by saying it.

CREATE POLICY lookup_due ON "approval" FOR SELECT TO CURRENT_USER USING (current_setting('app.lookup', true) = 'due');
CREATE POLICY lookup_due ON "execution" FOR SELECT TO CURRENT_USER USING (current_setting('app.lookup', true) = 'due');
CREATE POLICY lookup_due ON "idempotency" FOR SELECT TO CURRENT_USER USING (current_setting('app.lookup', true) = 'due');

-- Few executions are under way at any moment; those that ended leave this index.
CREATE INDEX "execution_started_idx" ON "execution" ("tenant_id", "started_at") WHERE "status" = 'started';

-- The first tenant after this one that has an approval or an execution whose time is up, or null.
CREATE FUNCTION next_due_tenant(p_after text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT t.tenant_id FROM public.tenant t
    WHERE t.tenant_id > p_after AND (
      EXISTS (SELECT FROM public.approval a
        WHERE a.tenant_id = t.tenant_id AND a.status = 'pending' AND a.expires_at <= now())
      OR EXISTS (SELECT FROM public.approval a
        WHERE a.tenant_id = t.tenant_id AND a.status = 'approved' AND a.use_by <= now())
      OR EXISTS (SELECT FROM public.execution e
        WHERE e.tenant_id = t.tenant_id AND e.status = 'started' AND e.started_at <= now() - interval '15 minutes'))
    ORDER BY t.tenant_id LIMIT 1);
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

-- The tenant with the oldest idempotency row that nobody may repeat any more (SPEC 4.2.7), or null.
CREATE FUNCTION tenant_of_oldest_idempotency()
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT i.tenant_id FROM public.idempotency i
    WHERE i.created_at <= now() - interval '24 hours' ORDER BY i.created_at LIMIT 1);
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

REVOKE ALL ON FUNCTION next_due_tenant(text), tenant_of_oldest_idempotency() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_due_tenant(text), tenant_of_oldest_idempotency() TO deltaseal_app;

-- Labels approvals of the bound tenant whose time is up, at most one for each event id, each with a leaf
-- and a salt of its own. A row that somebody is deciding on is left to them: they see the time too.
CREATE FUNCTION expire_due_approvals(p_event_ids text[], p_salts text[])
RETURNS TABLE (expired_id text, expired_run_id text)
LANGUAGE plpgsql
AS $$
DECLARE
  v_approval approval;
  v_count int := 0;
BEGIN
  FOR v_approval IN
    SELECT * FROM approval
    WHERE tenant_id = current_setting('app.tenant')
      AND (status = 'pending' AND expires_at <= now() OR status = 'approved' AND use_by <= now())
    ORDER BY approval_id LIMIT cardinality(p_event_ids) FOR UPDATE SKIP LOCKED
  LOOP
    v_count := v_count + 1;
    IF approval_expire_if_due(v_approval, p_event_ids[v_count], ARRAY[p_salts[v_count]]) THEN
      expired_id := v_approval.approval_id;
      expired_run_id := v_approval.run_id;
      RETURN NEXT;
    END IF;
  END LOOP;
END
$$;

-- Labels executions of the bound tenant that nobody has reported on for 15 minutes (SPEC 4.1). A late
-- outcome is still accepted once.
CREATE FUNCTION mark_overdue_executions(p_event_ids text[])
RETURNS TABLE (overdue_approval_id text, overdue_run_id text)
LANGUAGE plpgsql
AS $$
DECLARE
  v_execution execution;
  v_count int := 0;
BEGIN
  FOR v_execution IN
    SELECT * FROM execution
    WHERE tenant_id = current_setting('app.tenant')
      AND status = 'started' AND started_at <= now() - interval '15 minutes'
    ORDER BY execution_id LIMIT cardinality(p_event_ids) FOR UPDATE SKIP LOCKED
  LOOP
    v_count := v_count + 1;
    UPDATE execution SET status = 'unknown'
    WHERE tenant_id = v_execution.tenant_id AND execution_id = v_execution.execution_id;
    PERFORM audit_append(
      p_event_ids[v_count], 'execution.unknown', '{"kind": "system", "id": "clock"}',
      jsonb_build_object('kind', 'execution', 'id', v_execution.execution_id),
      jsonb_build_object(
        'runId', v_execution.run_id, 'callId', v_execution.call_id, 'approvalId', v_execution.approval_id,
        'executionId', v_execution.execution_id, 'from', 'started', 'to', 'unknown'),
      '{}', '{}');
    overdue_approval_id := v_execution.approval_id;
    overdue_run_id := v_execution.run_id;
    RETURN NEXT;
  END LOOP;
END
$$;

-- Sessions that ended are kept for a while and then forgotten.
GRANT DELETE ON "session" TO deltaseal_app;

-- A node without the owner's credentials can see that the database is as its version wants it.
DO $$
BEGIN
  IF to_regclass('public._prisma_migrations') IS NOT NULL THEN
    GRANT SELECT ON public._prisma_migrations TO deltaseal_app;
  END IF;
END
$$;
