-- Administration (SPEC 6, 9): setup, invitations, rotated keys, proposed definitions, and who may act for an
-- agency as a whole.

-- CreateTable
CREATE TABLE "invitation" (
    "invitation_id" TEXT NOT NULL,
    "agency_id" TEXT NOT NULL,
    "tenant_id" TEXT,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "token_mac" BYTEA NOT NULL,
    "invited_by_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("invitation_id"),
    CONSTRAINT "invitation_role" CHECK ("role" IN ('owner', 'admin', 'reviewer', 'auditor'))
);

-- CreateTable
CREATE TABLE "setup_link" (
    "token_mac" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "setup_link_pkey" PRIMARY KEY ("token_mac")
);

-- CreateTable
CREATE TABLE "installation" (
    "singleton" BOOLEAN NOT NULL DEFAULT true,
    "agency_id" TEXT NOT NULL,
    "founded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("singleton"),
    CONSTRAINT "installation_once" CHECK ("singleton")
);

-- AlterTable
ALTER TABLE "api_key" ADD COLUMN "family_id" TEXT;

-- AlterTable
ALTER TABLE "tool"
    ADD COLUMN "proposed_definition" BYTEA,
    ADD COLUMN "proposed_hash" TEXT,
    ADD COLUMN "proposed_at" TIMESTAMPTZ(3),
    ADD COLUMN "proposed_by_key_id" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "invitation_token_mac_key" ON "invitation"("token_mac");

-- CreateIndex
CREATE INDEX "invitation_agency_id_created_at_idx" ON "invitation"("agency_id", "created_at");

-- AddForeignKey
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_agency_id_fkey" FOREIGN KEY ("agency_id") REFERENCES "agency"("agency_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_invited_by_id_fkey" FOREIGN KEY ("invited_by_id") REFERENCES "person"("person_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- One role of a person in one place: two would make ending one of them a half measure.
CREATE UNIQUE INDEX "membership_once" ON "membership" ("agency_id", coalesce("tenant_id", ''), "person_id")
  WHERE "ended_at" IS NULL;

GRANT SELECT, INSERT, UPDATE ON "invitation", "setup_link" TO deltaseal_app;
GRANT SELECT, INSERT ON "installation" TO deltaseal_app;
GRANT UPDATE ON "tool_allowance" TO deltaseal_app;

-- The tenants of an agency, for whoever writes one leaf in the log of each: an array, so one row.
CREATE FUNCTION agency_tenants(p_agency_id text)
RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
  RETURN (
    SELECT coalesce(array_agg(tenant_id ORDER BY tenant_id), '{}') FROM public.tenant WHERE agency_id = p_agency_id);
END
$$;

REVOKE ALL ON FUNCTION agency_tenants(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agency_tenants(text) TO deltaseal_app;

-- The person behind a live session and what they may see:
-- {sessionId, personId, name, email, idleExpiresAt, tenants: [{tenantId, agencyId, name, status, roles[]}],
--  roles: [{role, tenantId}], agencies: [{agencyId, name, roles[]}]}. Agencies are those of agency-wide roles.
CREATE OR REPLACE FUNCTION session_principal(p_session_id text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object(
      'sessionId', s.session_id,
      'personId', p.person_id,
      'name', p.name,
      'email', p.email,
      'idleExpiresAt', s.idle_expires_at,
      'roles', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('role', m.role, 'tenantId', m.tenant_id) ORDER BY m.created_at), '[]')
        FROM public.membership m WHERE m.person_id = p.person_id AND m.ended_at IS NULL
      ),
      'agencies', (
        SELECT coalesce(jsonb_agg(
          jsonb_build_object('agencyId', v.agency_id, 'name', v.name, 'roles', v.roles) ORDER BY v.name, v.agency_id), '[]')
        FROM (
          SELECT a.agency_id, a.name, jsonb_agg(DISTINCT m.role) AS roles
          FROM public.membership m JOIN public.agency a ON a.agency_id = m.agency_id
          WHERE m.person_id = p.person_id AND m.ended_at IS NULL AND m.tenant_id IS NULL
          GROUP BY a.agency_id, a.name
        ) v
      ),
      'tenants', (
        SELECT coalesce(jsonb_agg(
          jsonb_build_object(
            'tenantId', v.tenant_id, 'agencyId', v.agency_id, 'name', v.name, 'status', v.status, 'roles', v.roles)
          ORDER BY v.name, v.tenant_id), '[]')
        FROM (
          SELECT t.tenant_id, t.agency_id, t.name, t.status, jsonb_agg(DISTINCT m.role) AS roles
          FROM public.membership m
          JOIN public.tenant t ON t.agency_id = m.agency_id AND (m.tenant_id IS NULL OR m.tenant_id = t.tenant_id)
          WHERE m.person_id = p.person_id AND m.ended_at IS NULL
          GROUP BY t.tenant_id, t.agency_id, t.name, t.status
        ) v
      )
    )
    FROM public.session s JOIN public.person p ON p.person_id = s.person_id
    WHERE s.session_id = p_session_id
      AND s.revoked_at IS NULL
      AND s.idle_expires_at > clock_timestamp()
      AND s.expires_at > clock_timestamp()
      AND p.disabled_at IS NULL
  );
END
$$;

-- Records that a signed-in person was refused (403 or 422) on an approval, a run or a tenant of theirs.
-- Answers false when there is no such thing for them: what belongs to no tenant has no leaf.
DROP FUNCTION record_session_refusal(text, text, text, text, text, text, text, text[]);
CREATE FUNCTION record_session_refusal(
  p_session_id text, p_approval_id text, p_run_id text, p_tenant_id text, p_code text, p_action text,
  p_reasons_digest text, p_event_id text, p_salts text[]
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_tenant text;
  v_run_id text;
BEGIN
  SELECT tenant_id, run_id INTO v_tenant, v_run_id FROM approval WHERE approval_id = p_approval_id;
  IF NOT FOUND THEN
    SELECT tenant_id, run_id INTO v_tenant, v_run_id FROM run WHERE run_id = p_run_id;
  END IF;
  IF NOT FOUND THEN
    SELECT tenant_id INTO v_tenant FROM tenant WHERE tenant_id = p_tenant_id;
  END IF;
  IF v_tenant IS NULL OR v_person IS NULL THEN RETURN false; END IF;
  PERFORM set_config('app.tenant', v_tenant, true);

  PERFORM audit_append(
    p_event_id, 'request.refused', jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId'),
    jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId'),
    jsonb_build_object('approvalId', p_approval_id, 'runId', v_run_id, 'code', p_code, 'action', p_action),
    jsonb_build_object('reasons', p_reasons_digest), p_salts);

  RETURN true;
END
$$;
