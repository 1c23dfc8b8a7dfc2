-- Epochs (SPEC 5.3): what tells a restored or forked database from the one that was served last, and what a new epoch ends.

-- CreateTable
CREATE TABLE "lineage" (
    "singleton" BOOLEAN NOT NULL DEFAULT true,
    "lineage_id" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "settled_epoch" INTEGER NOT NULL DEFAULT 1,
    "system_identifier" TEXT,
    "timeline" TEXT,
    "began_because" TEXT,
    "began_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lineage_pkey" PRIMARY KEY ("singleton"),
    CONSTRAINT "lineage_singleton" CHECK ("singleton")
);

-- CreateTable
CREATE TABLE "node" (
    "node_id" TEXT NOT NULL,
    "beat" BIGINT NOT NULL DEFAULT 0,
    "nonce" TEXT NOT NULL,
    "beaten_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "node_pkey" PRIMARY KEY ("node_id")
);

-- CreateTable
CREATE TABLE "epoch_start" (
    "tenant_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL,
    "because" TEXT NOT NULL,
    "cancelled" INTEGER NOT NULL,
    "closed_runs" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "dismissed_by_id" TEXT,
    "dismissed_at" TIMESTAMPTZ(3),

    CONSTRAINT "epoch_start_pkey" PRIMARY KEY ("tenant_id","number"),
    CONSTRAINT "epoch_start_dismissed" CHECK (("dismissed_at" IS NULL) = ("dismissed_by_id" IS NULL))
);

-- AddForeignKey
ALTER TABLE "epoch_start" ADD CONSTRAINT "epoch_start_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

SELECT isolate_tenant_table('epoch_start');
CREATE POLICY lookup_due ON "epoch_start" FOR SELECT TO CURRENT_USER
  USING (current_setting('app.lookup', true) = 'due');

GRANT SELECT, INSERT, UPDATE ON "lineage" TO deltaseal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "node" TO deltaseal_app;
GRANT SELECT, INSERT ON "epoch_start" TO deltaseal_app;
GRANT UPDATE ("dismissed_by_id", "dismissed_at") ON "epoch_start" TO deltaseal_app;
-- How far the log is, for the memory outside the database.
GRANT SELECT ON SEQUENCE "audit_sequence" TO deltaseal_app;

-- The first tenant after this one in which the epoch with this number has not begun yet, or null.
CREATE FUNCTION next_tenant_before_epoch(p_after text, p_number int)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT t.tenant_id FROM public.tenant t
    WHERE t.tenant_id > p_after AND NOT EXISTS (
      SELECT FROM public.epoch_start e WHERE e.tenant_id = t.tenant_id AND e.number >= p_number)
    ORDER BY t.tenant_id LIMIT 1);
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

REVOKE ALL ON FUNCTION next_tenant_before_epoch(text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_tenant_before_epoch(text, int) TO deltaseal_app;

-- Closes open runs of the bound tenant, at most one for each event id, each with a leaf. Their tokens go with them.
CREATE FUNCTION close_open_runs(p_because text, p_actor jsonb, p_event_ids text[])
RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
  v_run_id text;
  v_count int := 0;
BEGIN
  FOR v_run_id IN
    SELECT r.run_id FROM run r
    WHERE r.tenant_id = current_setting('app.tenant') AND r.status = 'open'
    ORDER BY r.run_id LIMIT cardinality(p_event_ids) FOR UPDATE
  LOOP
    v_count := v_count + 1;
    UPDATE run SET status = 'closed', closed_at = clock_timestamp()
    WHERE tenant_id = current_setting('app.tenant') AND run_id = v_run_id;
    PERFORM audit_append(
      p_event_ids[v_count], 'run.closed', p_actor, jsonb_build_object('kind', 'run', 'id', v_run_id),
      jsonb_build_object('runId', v_run_id, 'because', p_because), '{}', '{}');
  END LOOP;

  RETURN v_count;
END
$$;
