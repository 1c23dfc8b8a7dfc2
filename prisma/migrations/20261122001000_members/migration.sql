-- The first owner, and a way back for whoever lost a password.

-- CreateTable
CREATE TABLE "password_reset" (
    "token_mac" BYTEA NOT NULL,
    "person_id" TEXT NOT NULL,
    "made_by_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "password_reset_pkey" PRIMARY KEY ("token_mac")
);

-- CreateIndex
CREATE INDEX "password_reset_person_id_idx" ON "password_reset"("person_id");

-- AddForeignKey
ALTER TABLE "password_reset" ADD CONSTRAINT "password_reset_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("person_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "password_reset" ADD CONSTRAINT "password_reset_made_by_id_fkey" FOREIGN KEY ("made_by_id") REFERENCES "person"("person_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- One open invitation of an address to a place: a second one replaces the first.
CREATE UNIQUE INDEX "invitation_once" ON "invitation" ("agency_id", coalesce("tenant_id", ''), "email")
  WHERE "accepted_at" IS NULL AND "revoked_at" IS NULL;

GRANT SELECT, INSERT, UPDATE ON "password_reset" TO deltaseal_app;

-- Founds the agency of an empty installation with its first tenant and first owner, in one transaction with
-- its leaves. Of two that try at once one founds; the row of "installation" is what they race for.
-- {code: null | "link_expired" | "already_set_up"}
CREATE FUNCTION found_installation(
  p_token_mac bytea, p_agency_id text, p_agency_name text, p_tenant_id text, p_tenant_name text,
  p_person_id text, p_name text, p_email text, p_password_hash text, p_membership_id text,
  p_event_ids text[], p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_actor jsonb := jsonb_build_object('kind', 'person', 'id', p_person_id);
BEGIN
  UPDATE setup_link SET used_at = clock_timestamp()
  WHERE token_mac = p_token_mac AND used_at IS NULL AND expires_at > clock_timestamp();
  IF NOT FOUND THEN RETURN '{"code": "link_expired"}'; END IF;
  IF EXISTS (SELECT FROM membership) THEN RETURN '{"code": "already_set_up"}'; END IF;

  INSERT INTO installation (agency_id, founded_at) VALUES (p_agency_id, clock_timestamp()) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN '{"code": "already_set_up"}'; END IF;

  INSERT INTO agency (agency_id, name, created_at) VALUES (p_agency_id, p_agency_name, clock_timestamp());
  INSERT INTO person (person_id, email, name, password_hash, created_at)
  VALUES (p_person_id, p_email, p_name, p_password_hash, clock_timestamp());
  INSERT INTO membership (membership_id, agency_id, person_id, role, created_at)
  VALUES (p_membership_id, p_agency_id, p_person_id, 'owner', clock_timestamp());

  PERFORM set_config('app.tenant', p_tenant_id, true);
  INSERT INTO tenant (tenant_id, agency_id, name, created_at)
  VALUES (p_tenant_id, p_agency_id, p_tenant_name, clock_timestamp());

  PERFORM audit_append(
    p_event_ids[1], 'tenant.created', v_actor, jsonb_build_object('kind', 'tenant', 'id', p_tenant_id),
    jsonb_build_object('agencyId', p_agency_id, 'because', 'setup'),
    jsonb_build_object('name', p_tenant_name), p_salts[1:1]);
  PERFORM audit_append(
    p_event_ids[2], 'member.added', v_actor, jsonb_build_object('kind', 'member', 'id', p_membership_id),
    jsonb_build_object(
      'personId', p_person_id, 'role', 'owner', 'place', 'agency', 'agencyId', p_agency_id, 'because', 'setup'),
    '{}', '{}');

  RETURN '{"code": null}';
END
$$;

-- Every tenant in which a person has a part now, for whoever writes what happened to an account into the log of each.
CREATE FUNCTION person_tenants(p_person_id text)
RETURNS text[]
LANGUAGE sql STABLE
AS $$
  SELECT coalesce(array_agg(DISTINCT place.tenant_id ORDER BY place.tenant_id), '{}')
  FROM membership m
  CROSS JOIN LATERAL unnest(
    CASE WHEN m.tenant_id IS NULL THEN agency_tenants(m.agency_id) ELSE ARRAY[m.tenant_id] END) AS place(tenant_id)
  WHERE m.person_id = p_person_id AND m.ended_at IS NULL
$$;
