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

-- How much of a draft's limits a simulation has counted so far: what a killed worker must not lose.

-- CreateTable
CREATE TABLE "simulated_use" (
    "tenant_id" TEXT NOT NULL,
    "simulation_id" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "used" INTEGER NOT NULL,

    CONSTRAINT "simulated_use_pkey" PRIMARY KEY ("tenant_id","simulation_id","scope")
);

-- AddForeignKey
ALTER TABLE "simulated_use" ADD CONSTRAINT "simulated_use_tenant_id_simulation_id_fkey" FOREIGN KEY ("tenant_id", "simulation_id") REFERENCES "policy_simulation"("tenant_id", "simulation_id") ON DELETE CASCADE ON UPDATE CASCADE;

SELECT isolate_tenant_table('simulated_use');

GRANT SELECT, INSERT, UPDATE, DELETE ON "simulated_use" TO deltaseal_app;
