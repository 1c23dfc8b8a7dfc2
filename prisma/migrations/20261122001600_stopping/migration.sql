-- Kill switches (SPEC 4.1): what somebody stopped, why, and what lifting it gives back.

-- AlterTable
ALTER TABLE "agency"
    ADD COLUMN "stop_id" TEXT,
    ADD COLUMN "stop_reason" TEXT,
    ADD COLUMN "stopped_at" TIMESTAMPTZ(3),
    ADD COLUMN "stopped_by_id" TEXT;

-- CreateTable
CREATE TABLE "stop" (
    "tenant_id" TEXT NOT NULL,
    "stop_id" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "held" TEXT[],
    "reason" TEXT NOT NULL,
    "by_agency" BOOLEAN NOT NULL DEFAULT false,
    "thrown_by_id" TEXT NOT NULL,
    "thrown_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "swept_at" TIMESTAMPTZ(3),
    "lifted_by_id" TEXT,
    "lifted_at" TIMESTAMPTZ(3),

    CONSTRAINT "stop_pkey" PRIMARY KEY ("tenant_id","stop_id"),
    CONSTRAINT "stop_scope" CHECK ("scope" IN ('key', 'tool', 'tenant', 'agency')),
    CONSTRAINT "stop_lifted" CHECK (("lifted_at" IS NULL) = ("lifted_by_id" IS NULL))
);

-- CreateIndex
CREATE INDEX "run_token_expires_at_idx" ON "run_token"("expires_at");

-- AddForeignKey
ALTER TABLE "stop" ADD CONSTRAINT "stop_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- One thing is stopped once at a time.
CREATE UNIQUE INDEX "stop_in_force" ON "stop" ("tenant_id", "scope", "subject") WHERE "lifted_at" IS NULL;

-- Few stops are younger than a sweep at any moment; those that were swept leave this index.
CREATE INDEX "stop_unswept" ON "stop" ("tenant_id", "thrown_at") WHERE "swept_at" IS NULL AND "lifted_at" IS NULL;

-- Of the runs there ever were few are open: what a stop would end is counted before it is thrown.
CREATE INDEX "run_open" ON "run" ("tenant_id", "key_id") WHERE "status" = 'open';

SELECT isolate_tenant_table('stop');
CREATE POLICY lookup_due ON "stop" FOR SELECT TO CURRENT_USER USING (current_setting('app.lookup', true) = 'due');

GRANT SELECT, INSERT, UPDATE ON "stop" TO deltaseal_app;

-- Cancels open approvals of the bound tenant under what was stopped, at most one for each event id, each with a leaf
-- and a salt of its own. One whose time is up is labelled as that. p_subject is a key's id, or "server/name" of a
-- tool with or without "/version"; for a tenant or an agency it is everything.
CREATE FUNCTION cancel_stopped(
  p_scope text, p_subject text, p_because text, p_actor jsonb, p_event_ids text[], p_salts text[]
)
RETURNS TABLE (ended_approval_id text, ended_run_id text)
LANGUAGE plpgsql
AS $$
DECLARE
  v_approval approval;
  v_count int := 0;
BEGIN
  FOR v_approval IN
    SELECT a.* FROM approval a
    WHERE a.tenant_id = current_setting('app.tenant') AND a.status IN ('pending', 'approved')
      AND CASE p_scope
        WHEN 'key' THEN a.key_id = p_subject
        WHEN 'tool' THEN EXISTS (
          SELECT FROM tool_call c
          WHERE c.tenant_id = a.tenant_id AND c.call_id = a.call_id
            AND p_subject IN (concat_ws('/', c.server, c.name), concat_ws('/', c.server, c.name, c.version)))
        ELSE p_scope IN ('tenant', 'agency') END
    ORDER BY a.approval_id LIMIT cardinality(p_event_ids) FOR UPDATE OF a
  LOOP
    v_count := v_count + 1;
    IF NOT approval_expire_if_due(v_approval, p_event_ids[v_count], ARRAY[p_salts[v_count]]) THEN
      PERFORM approval_transition(
        v_approval, 'cancelled', p_because, p_actor, p_event_ids[v_count], ARRAY[p_salts[v_count]]);
    END IF;
    ended_approval_id := v_approval.approval_id;
    ended_run_id := v_approval.run_id;
    RETURN NEXT;
  END LOOP;
END
$$;

-- The first tenant after this one with a stop that nobody has gone over again, or null. What was under way when a stop
-- was thrown has ended after the five seconds that a statement may take.
CREATE FUNCTION next_unswept_tenant(p_after text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT s.tenant_id FROM public.stop s
    WHERE s.tenant_id > p_after AND s.swept_at IS NULL AND s.lifted_at IS NULL
      AND s.thrown_at <= now() - interval '6 seconds'
    ORDER BY s.tenant_id LIMIT 1);
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

-- The tenant of the run token that expired first, at least an hour ago, or null: tokens of runs that nobody closes.
CREATE FUNCTION tenant_of_oldest_run_token()
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT tenant_id FROM public.run_token
  WHERE expires_at <= now() - interval '1 hour' ORDER BY expires_at LIMIT 1
$$;

REVOKE ALL ON FUNCTION next_unswept_tenant(text), tenant_of_oldest_run_token() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_unswept_tenant(text), tenant_of_oldest_run_token() TO deltaseal_app;
