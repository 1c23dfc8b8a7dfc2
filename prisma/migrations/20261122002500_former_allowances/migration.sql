-- What was allowed once and no longer is. Allowing a tool where it never was takes one person; allowing it again loosens
-- what holds, and takes two (SPEC 3.2).

-- CreateTable
CREATE TABLE "former_allowance" (
    "tenant_id" TEXT NOT NULL,
    "environment" TEXT NOT NULL,
    "server" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "ended_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "former_allowance_pkey" PRIMARY KEY ("tenant_id","environment","server","name")
);

SELECT isolate_tenant_table('former_allowance');

GRANT SELECT, INSERT, UPDATE ON "former_allowance" TO deltaseal_app;
