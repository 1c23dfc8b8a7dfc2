-- What a draft of a policy would have said of the calls that were recorded (SPEC 3.4).

-- CreateTable
CREATE TABLE "policy_simulation" (
    "tenant_id" TEXT NOT NULL,
    "simulation_id" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "days" INTEGER NOT NULL,
    "from_call_id" TEXT NOT NULL,
    "until_call_id" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'running',
    "total" INTEGER NOT NULL,
    "done" INTEGER NOT NULL DEFAULT 0,
    "last_call_id" TEXT,
    "counts" JSONB NOT NULL DEFAULT '{}',
    "started_by_id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "policy_simulation_pkey" PRIMARY KEY ("tenant_id","simulation_id"),
    CONSTRAINT "policy_simulation_days" CHECK ("days" BETWEEN 1 AND 90),
    CONSTRAINT "policy_simulation_status" CHECK ("status" IN ('running', 'done', 'cancelled', 'failed')),
    CONSTRAINT "policy_simulation_ended" CHECK (("status" = 'running') = ("ended_at" IS NULL))
);

-- CreateTable
CREATE TABLE "simulated_call" (
    "tenant_id" TEXT NOT NULL,
    "simulation_id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "was" TEXT NOT NULL,
    "now" TEXT NOT NULL,
    "rule" TEXT,
    "reasons" JSONB NOT NULL,

    CONSTRAINT "simulated_call_pkey" PRIMARY KEY ("tenant_id","simulation_id","call_id")
);

-- CreateIndex
CREATE INDEX "policy_simulation_started_at_idx" ON "policy_simulation"("started_at");

-- AddForeignKey
ALTER TABLE "policy_simulation" ADD CONSTRAINT "policy_simulation_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "simulated_call" ADD CONSTRAINT "simulated_call_tenant_id_simulation_id_fkey" FOREIGN KEY ("tenant_id", "simulation_id") REFERENCES "policy_simulation"("tenant_id", "simulation_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One at a time in a tenant: each reads every call of weeks.
CREATE UNIQUE INDEX "policy_simulation_running" ON "policy_simulation" ("tenant_id") WHERE "status" = 'running';

SELECT isolate_tenant_table('policy_simulation');
SELECT isolate_tenant_table('simulated_call');

GRANT SELECT, INSERT, DELETE ON "policy_simulation", "simulated_call" TO deltaseal_app;
GRANT UPDATE ("status", "total", "done", "last_call_id", "counts", "ended_at") ON "policy_simulation" TO deltaseal_app;

-- As for what else the clock decides (…_jobs): one tenant's id, and the work is done inside that tenant.
CREATE POLICY lookup_due ON "policy_simulation" FOR SELECT TO CURRENT_USER
  USING (current_setting('app.lookup', true) = 'due');

-- The first tenant after this one with a simulation under way, or null.
CREATE FUNCTION next_simulating_tenant(p_after text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT min(s.tenant_id) FROM public.policy_simulation s WHERE s.tenant_id > p_after AND s.status = 'running');
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

-- The tenant of the simulation that was started first, at least seven days ago, or null.
CREATE FUNCTION tenant_of_oldest_simulation()
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT s.tenant_id FROM public.policy_simulation s
    WHERE s.started_at <= now() - interval '7 days' ORDER BY s.started_at LIMIT 1);
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

REVOKE ALL ON FUNCTION next_simulating_tenant(text), tenant_of_oldest_simulation() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_simulating_tenant(text), tenant_of_oldest_simulation() TO deltaseal_app;
