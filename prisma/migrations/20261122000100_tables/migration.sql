
-- CreateTable
CREATE TABLE "agency" (
    "agency_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agency_pkey" PRIMARY KEY ("agency_id")
);

-- CreateTable
CREATE TABLE "approval" (
    "tenant_id" TEXT NOT NULL,
    "approval_id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "version" INTEGER NOT NULL DEFAULT 0,
    "change_hash" TEXT NOT NULL,
    "required" JSONB NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "use_by" TIMESTAMPTZ(3),
    "decided_at" TIMESTAMPTZ(3),
    "ended_because" TEXT,

    CONSTRAINT "approval_pkey" PRIMARY KEY ("tenant_id","approval_id")
);

-- CreateTable
CREATE TABLE "vote" (
    "tenant_id" TEXT NOT NULL,
    "approval_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "decision" TEXT NOT NULL,
    "reason" TEXT,
    "change_hash" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "voted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "vote_pkey" PRIMARY KEY ("tenant_id","approval_id","person_id")
);

-- CreateTable
CREATE TABLE "execution" (
    "tenant_id" TEXT NOT NULL,
    "execution_id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "approval_id" TEXT,
    "key_id" TEXT NOT NULL,
    "nonce_digest" TEXT,
    "body_digest" TEXT,
    "status" TEXT NOT NULL DEFAULT 'started',
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "late" BOOLEAN NOT NULL DEFAULT false,
    "observed_after" TEXT,
    "matches_approved" BOOLEAN,
    "outcome_digest" TEXT,
    "output_sha256" TEXT,
    "output_redacted" TEXT,
    "receipts" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "execution_pkey" PRIMARY KEY ("tenant_id","execution_id")
);

-- CreateTable
CREATE TABLE "audit_leaf" (
    "tenant_id" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "event_id" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "type" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "run_id" TEXT,
    "call_id" TEXT,
    "approval_id" TEXT,
    "execution_id" TEXT,
    "leaf" BYTEA NOT NULL,

    CONSTRAINT "audit_leaf_pkey" PRIMARY KEY ("tenant_id","event_id")
);

-- CreateTable
CREATE TABLE "audit_field" (
    "tenant_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "salt" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "audit_field_pkey" PRIMARY KEY ("tenant_id","event_id","name")
);

-- CreateTable
CREATE TABLE "change" (
    "tenant_id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "change_hash" TEXT NOT NULL,
    "envelope" BYTEA NOT NULL,
    "before_states" TEXT NOT NULL,
    "after_states" TEXT NOT NULL,
    "diff_digest" TEXT NOT NULL,
    "sentence" TEXT NOT NULL,
    "effects" TEXT[],
    "flags" TEXT[],

    CONSTRAINT "change_pkey" PRIMARY KEY ("tenant_id","call_id")
);

-- CreateTable
CREATE TABLE "change_part" (
    "tenant_id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "op" TEXT NOT NULL,
    "target" JSONB NOT NULL,
    "target_key" TEXT NOT NULL,
    "before_state" JSONB NOT NULL,
    "after_state" JSONB NOT NULL,
    "before_digest" TEXT,
    "after_digest" TEXT,
    "added" INTEGER NOT NULL,
    "removed" INTEGER NOT NULL,
    "hidden_characters" INTEGER NOT NULL,
    "flags" TEXT[],
    "changed_fields" TEXT[],

    CONSTRAINT "change_part_pkey" PRIMARY KEY ("tenant_id","call_id","position")
);

-- CreateTable
CREATE TABLE "blob" (
    "tenant_id" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "wrapped_key" BYTEA NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "blob_pkey" PRIMARY KEY ("tenant_id","digest")
);

-- CreateTable
CREATE TABLE "target_state" (
    "tenant_id" TEXT NOT NULL,
    "target_key" TEXT NOT NULL,
    "state" JSONB NOT NULL,
    "execution_id" TEXT NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "target_state_pkey" PRIMARY KEY ("tenant_id","target_key")
);

-- CreateTable
CREATE TABLE "api_key" (
    "tenant_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "public_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "secret_mac" BYTEA NOT NULL,
    "environments" TEXT[],
    "scopes" TEXT[],
    "addresses" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "owner_id" TEXT NOT NULL,
    "created_by_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("tenant_id","key_id")
);

-- CreateTable
CREATE TABLE "idempotency" (
    "tenant_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "key_mac" BYTEA NOT NULL,
    "body_mac" BYTEA NOT NULL,
    "status" INTEGER NOT NULL,
    "resource_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_pkey" PRIMARY KEY ("tenant_id","key_id","route","key_mac")
);

-- CreateTable
CREATE TABLE "person" (
    "person_id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "person_pkey" PRIMARY KEY ("person_id")
);

-- CreateTable
CREATE TABLE "membership" (
    "membership_id" TEXT NOT NULL,
    "agency_id" TEXT NOT NULL,
    "tenant_id" TEXT,
    "person_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "membership_pkey" PRIMARY KEY ("membership_id")
);

-- CreateTable
CREATE TABLE "session" (
    "session_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "idle_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("session_id")
);

-- CreateTable
CREATE TABLE "sign_in_failure" (
    "failure_id" BIGSERIAL NOT NULL,
    "subject_mac" BYTEA NOT NULL,
    "failed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sign_in_failure_pkey" PRIMARY KEY ("failure_id")
);

-- CreateTable
CREATE TABLE "run" (
    "tenant_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "environment" TEXT NOT NULL,
    "workflow" TEXT NOT NULL,
    "step" TEXT,
    "status" TEXT NOT NULL DEFAULT 'open',
    "actor_agent" TEXT NOT NULL,
    "actor_model" TEXT,
    "operator_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "requested_tools" TEXT[],
    "tools_limited" BOOLEAN NOT NULL DEFAULT false,
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "run_pkey" PRIMARY KEY ("tenant_id","run_id")
);

-- CreateTable
CREATE TABLE "tool_call" (
    "tenant_id" TEXT NOT NULL,
    "call_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "server" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "tier" TEXT,
    "definition_hash" TEXT,
    "decision" TEXT NOT NULL,
    "reasons" JSONB NOT NULL DEFAULT '[]',
    "agent_reason" TEXT,
    "input_digest" TEXT NOT NULL,
    "input_redacted" TEXT NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tool_call_pkey" PRIMARY KEY ("tenant_id","call_id")
);

-- CreateTable
CREATE TABLE "tenant" (
    "tenant_id" TEXT NOT NULL,
    "agency_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'active',
    "policy_version" INTEGER NOT NULL DEFAULT 1,
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "tool" (
    "tenant_id" TEXT NOT NULL,
    "server" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "definition" BYTEA NOT NULL,
    "definition_hash" TEXT NOT NULL,
    "tier" TEXT,
    "status" TEXT NOT NULL DEFAULT 'suspended',
    "pinned_by_id" TEXT,
    "pinned_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tool_pkey" PRIMARY KEY ("tenant_id","server","name","version")
);

-- CreateTable
CREATE TABLE "tool_allowance" (
    "tenant_id" TEXT NOT NULL,
    "environment" TEXT NOT NULL,
    "server" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "patch_paths" TEXT[],
    "allowed_by_id" TEXT NOT NULL,
    "allowed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tool_allowance_pkey" PRIMARY KEY ("tenant_id","environment","server","name")
);

-- CreateIndex
CREATE INDEX "idempotency_created_at_idx" ON "idempotency"("created_at");

-- CreateIndex
CREATE INDEX "approval_tenant_id_status_expires_at_idx" ON "approval"("tenant_id", "status", "expires_at");

-- CreateIndex
CREATE INDEX "approval_tenant_id_run_id_idx" ON "approval"("tenant_id", "run_id");

-- CreateIndex
CREATE UNIQUE INDEX "approval_tenant_id_call_id_key" ON "approval"("tenant_id", "call_id");

-- CreateIndex
CREATE UNIQUE INDEX "execution_tenant_id_call_id_key" ON "execution"("tenant_id", "call_id");

-- CreateIndex
CREATE UNIQUE INDEX "execution_tenant_id_approval_id_key" ON "execution"("tenant_id", "approval_id");

-- CreateIndex
CREATE INDEX "audit_leaf_tenant_id_run_id_sequence_idx" ON "audit_leaf"("tenant_id", "run_id", "sequence");

-- CreateIndex
CREATE INDEX "audit_leaf_tenant_id_approval_id_sequence_idx" ON "audit_leaf"("tenant_id", "approval_id", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "audit_leaf_tenant_id_sequence_key" ON "audit_leaf"("tenant_id", "sequence");

-- CreateIndex
CREATE INDEX "change_part_tenant_id_target_key_idx" ON "change_part"("tenant_id", "target_key");

-- CreateIndex
CREATE INDEX "api_key_public_id_idx" ON "api_key"("public_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_tenant_id_public_id_key" ON "api_key"("tenant_id", "public_id");

-- CreateIndex
CREATE UNIQUE INDEX "person_email_key" ON "person"("email");

-- CreateIndex
CREATE INDEX "membership_person_id_idx" ON "membership"("person_id");

-- CreateIndex
CREATE INDEX "session_person_id_idx" ON "session"("person_id");

-- CreateIndex
CREATE INDEX "sign_in_failure_subject_mac_failed_at_idx" ON "sign_in_failure"("subject_mac", "failed_at");

-- CreateIndex
CREATE INDEX "run_tenant_id_opened_at_idx" ON "run"("tenant_id", "opened_at");

-- CreateIndex
CREATE INDEX "tool_call_tenant_id_run_id_requested_at_idx" ON "tool_call"("tenant_id", "run_id", "requested_at");

-- CreateIndex
CREATE INDEX "tenant_agency_id_idx" ON "tenant"("agency_id");

-- AddForeignKey
ALTER TABLE "approval" ADD CONSTRAINT "approval_tenant_id_call_id_fkey" FOREIGN KEY ("tenant_id", "call_id") REFERENCES "tool_call"("tenant_id", "call_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "vote" ADD CONSTRAINT "vote_tenant_id_approval_id_fkey" FOREIGN KEY ("tenant_id", "approval_id") REFERENCES "approval"("tenant_id", "approval_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "execution" ADD CONSTRAINT "execution_tenant_id_call_id_fkey" FOREIGN KEY ("tenant_id", "call_id") REFERENCES "tool_call"("tenant_id", "call_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "execution" ADD CONSTRAINT "execution_tenant_id_approval_id_fkey" FOREIGN KEY ("tenant_id", "approval_id") REFERENCES "approval"("tenant_id", "approval_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_field" ADD CONSTRAINT "audit_field_tenant_id_event_id_fkey" FOREIGN KEY ("tenant_id", "event_id") REFERENCES "audit_leaf"("tenant_id", "event_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "change" ADD CONSTRAINT "change_tenant_id_call_id_fkey" FOREIGN KEY ("tenant_id", "call_id") REFERENCES "tool_call"("tenant_id", "call_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "change_part" ADD CONSTRAINT "change_part_tenant_id_call_id_fkey" FOREIGN KEY ("tenant_id", "call_id") REFERENCES "change"("tenant_id", "call_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_agency_id_fkey" FOREIGN KEY ("agency_id") REFERENCES "agency"("agency_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("person_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("person_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_tenant_id_key_id_fkey" FOREIGN KEY ("tenant_id", "key_id") REFERENCES "api_key"("tenant_id", "key_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tool_call" ADD CONSTRAINT "tool_call_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "run"("tenant_id", "run_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tenant" ADD CONSTRAINT "tenant_agency_id_fkey" FOREIGN KEY ("agency_id") REFERENCES "agency"("agency_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tool" ADD CONSTRAINT "tool_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- Closed sets of values. Unions live in TypeScript; the database refuses what is in neither.
ALTER TABLE "membership" ADD CONSTRAINT "membership_role" CHECK ("role" IN ('owner', 'admin', 'reviewer', 'auditor'));
ALTER TABLE "tenant" ADD CONSTRAINT "tenant_status" CHECK ("status" IN ('active', 'suspended'));
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_mode" CHECK ("mode" IN ('live', 'test'));
ALTER TABLE "tool" ADD CONSTRAINT "tool_status" CHECK ("status" IN ('active', 'suspended'));
ALTER TABLE "tool" ADD CONSTRAINT "tool_tier" CHECK ("tier" IN ('T0_READ', 'T1_REVERSIBLE_WRITE', 'T2_IRREVERSIBLE_WRITE', 'T3_EXECUTE', 'T4_IDENTITY_MONEY_OUTBOUND'));
ALTER TABLE "tool_allowance" ADD CONSTRAINT "tool_allowance_environment" CHECK ("environment" IN ('dev', 'staging', 'prod'));
ALTER TABLE "run" ADD CONSTRAINT "run_environment" CHECK ("environment" IN ('dev', 'staging', 'prod'));
ALTER TABLE "run" ADD CONSTRAINT "run_status" CHECK ("status" IN ('open', 'closed'));
ALTER TABLE "tool_call" ADD CONSTRAINT "tool_call_decision" CHECK ("decision" IN ('allow', 'pending', 'deny'));
ALTER TABLE "approval" ADD CONSTRAINT "approval_status" CHECK ("status" IN ('pending', 'approved', 'denied', 'expired', 'cancelled', 'stale', 'consumed'));
ALTER TABLE "vote" ADD CONSTRAINT "vote_decision" CHECK ("decision" IN ('approve', 'deny'));
ALTER TABLE "execution" ADD CONSTRAINT "execution_status" CHECK ("status" IN ('started', 'applied', 'failed', 'unknown'));

-- Contents are sealed, so trying to compress them only costs time.
ALTER TABLE "blob" ALTER COLUMN "sealed" SET STORAGE EXTERNAL;

-- Numbers the leaves of all tenants; a gap is harmless because a leaf's place in its tree is its index.
CREATE SEQUENCE "audit_sequence" AS bigint;
