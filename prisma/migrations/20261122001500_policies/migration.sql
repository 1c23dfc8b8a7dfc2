-- Policies as versioned documents (SPEC 3.4), what waits for a second person before it loosens them (SPEC 3.2), and
-- the packs that an agency rolls out to its tenants.

-- CreateTable
CREATE TABLE "policy_version" (
    "tenant_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "document" BYTEA NOT NULL,
    "text" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "author_id" TEXT NOT NULL,
    "approved_by_id" TEXT,
    "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "based_on" INTEGER NOT NULL,
    "restores" INTEGER,
    "rollout_id" TEXT,

    CONSTRAINT "policy_version_pkey" PRIMARY KEY ("tenant_id","version"),
    -- Version 1 is what holds before anything is published, and has no row.
    CONSTRAINT "policy_version_published" CHECK ("version" > 1 AND "based_on" < "version")
);

-- CreateTable
CREATE TABLE "rule_proposal" (
    "tenant_id" TEXT NOT NULL,
    "proposal_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "before" BYTEA NOT NULL,
    "after" BYTEA NOT NULL,
    "text" TEXT,
    "hash" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "loosens" TEXT[],
    "proposed_by_id" TEXT NOT NULL,
    "proposed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "effective_at" TIMESTAMPTZ(3),
    "status" TEXT NOT NULL DEFAULT 'open',
    "decided_by_id" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "reason" TEXT,
    "based_on" INTEGER,
    "restores" INTEGER,
    "rollout_id" TEXT,

    CONSTRAINT "rule_proposal_pkey" PRIMARY KEY ("tenant_id","proposal_id"),
    CONSTRAINT "rule_proposal_kind" CHECK ("kind" IN ('policy', 'tier', 'allowance')),
    CONSTRAINT "rule_proposal_status" CHECK ("status" IN ('open', 'published', 'rejected', 'withdrawn', 'superseded')),
    CONSTRAINT "rule_proposal_policy" CHECK (("kind" = 'policy') = ("text" IS NOT NULL AND "based_on" IS NOT NULL)),
    CONSTRAINT "rule_proposal_delay" CHECK ("effective_at" >= "proposed_at" + interval '24 hours'),
    CONSTRAINT "rule_proposal_second" CHECK ("status" <> 'published' OR "decided_by_id" IS DISTINCT FROM "proposed_by_id")
);

-- CreateTable
CREATE TABLE "policy_pack" (
    "pack_id" TEXT NOT NULL,
    "agency_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_by_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "policy_pack_pkey" PRIMARY KEY ("pack_id")
);

-- CreateTable
CREATE TABLE "policy_pack_version" (
    "pack_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "document" BYTEA NOT NULL,
    "text" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "author_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "policy_pack_version_pkey" PRIMARY KEY ("pack_id","version")
);

-- CreateTable
CREATE TABLE "policy_rollout" (
    "rollout_id" TEXT NOT NULL,
    "pack_id" TEXT NOT NULL,
    "pack_version" INTEGER NOT NULL,
    "started_by_id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "rolled_back_at" TIMESTAMPTZ(3),

    CONSTRAINT "policy_rollout_pkey" PRIMARY KEY ("rollout_id")
);

-- CreateIndex
CREATE INDEX "policy_version_tenant_id_rollout_id_idx" ON "policy_version"("tenant_id", "rollout_id");

-- CreateIndex
CREATE INDEX "rule_proposal_tenant_id_status_proposed_at_idx" ON "rule_proposal"("tenant_id", "status", "proposed_at");

-- CreateIndex
CREATE INDEX "policy_pack_agency_id_pack_id_idx" ON "policy_pack"("agency_id", "pack_id");

-- CreateIndex
CREATE INDEX "policy_rollout_pack_id_rollout_id_idx" ON "policy_rollout"("pack_id", "rollout_id");

-- One proposal about one thing waits at a time: two could each be the second person's yes to what the other undoes.
CREATE UNIQUE INDEX "rule_proposal_open" ON "rule_proposal" ("tenant_id", "kind", "subject") WHERE "status" = 'open';

-- Few proposals wait for the clock at any moment.
CREATE INDEX "rule_proposal_due" ON "rule_proposal" ("effective_at")
  WHERE "status" = 'open' AND "effective_at" IS NOT NULL;

-- AddForeignKey
ALTER TABLE "policy_version" ADD CONSTRAINT "policy_version_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rule_proposal" ADD CONSTRAINT "rule_proposal_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "policy_pack" ADD CONSTRAINT "policy_pack_agency_id_fkey" FOREIGN KEY ("agency_id") REFERENCES "agency"("agency_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "policy_pack_version" ADD CONSTRAINT "policy_pack_version_pack_id_fkey" FOREIGN KEY ("pack_id") REFERENCES "policy_pack"("pack_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "policy_rollout" ADD CONSTRAINT "policy_rollout_pack_id_fkey" FOREIGN KEY ("pack_id") REFERENCES "policy_pack"("pack_id") ON DELETE RESTRICT ON UPDATE CASCADE;

SELECT isolate_tenant_table('policy_version');
SELECT isolate_tenant_table('rule_proposal');

-- A version is never edited, and of a proposal only what becomes of it.
GRANT SELECT, INSERT ON "policy_version", "policy_pack", "policy_pack_version", "policy_rollout" TO deltaseal_app;
GRANT SELECT, INSERT ON "rule_proposal" TO deltaseal_app;
GRANT UPDATE ("status", "decided_by_id", "decided_at", "reason") ON "rule_proposal" TO deltaseal_app;
GRANT UPDATE ("rolled_back_at") ON "policy_rollout" TO deltaseal_app;

-- As for what else the clock decides (…_jobs): one tenant's id, and the work is done inside that tenant.
CREATE POLICY lookup_due ON "rule_proposal" FOR SELECT TO CURRENT_USER USING (current_setting('app.lookup', true) = 'due');

-- The first tenant after this one with a proposal whose notice is over, or null.
CREATE FUNCTION next_tenant_with_due_proposal(p_after text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT min(p.tenant_id) FROM public.rule_proposal p
    WHERE p.tenant_id > p_after AND p.status = 'open' AND p.effective_at <= clock_timestamp());
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

REVOKE ALL ON FUNCTION next_tenant_with_due_proposal(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_tenant_with_due_proposal(text) TO deltaseal_app;
