-- Step-up (SPEC 4.4): authenticators of people, what each was asked to sign, and what it signed.

-- CreateTable
CREATE TABLE "authenticator" (
    "authenticator_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "credential_id" TEXT NOT NULL,
    "public_key" BYTEA NOT NULL,
    "sign_count" BIGINT NOT NULL DEFAULT 0,
    "transports" TEXT[],
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),
    "removed_at" TIMESTAMPTZ(3),
    "removed_because" TEXT,

    CONSTRAINT "authenticator_pkey" PRIMARY KEY ("authenticator_id"),
    CONSTRAINT "authenticator_removed" CHECK (("removed_at" IS NULL) = ("removed_because" IS NULL)
        AND "removed_because" IN ('removed', 'recovery'))
);

-- CreateTable
CREATE TABLE "authenticator_enrolment" (
    "enrolment_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "challenge" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "authenticator_enrolment_pkey" PRIMARY KEY ("enrolment_id")
);

-- CreateTable
CREATE TABLE "authenticator_recovery" (
    "recovery_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "membership_id" TEXT NOT NULL,
    "asked_by_id" TEXT NOT NULL,
    "asked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "first_admin_id" TEXT,
    "second_admin_id" TEXT,
    "status" TEXT NOT NULL DEFAULT 'open',
    "ended_by_id" TEXT,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "authenticator_recovery_pkey" PRIMARY KEY ("recovery_id"),
    CONSTRAINT "authenticator_recovery_status" CHECK ("status" IN ('open', 'done', 'refused', 'withdrawn', 'expired')),
    -- Two administrators, neither of them the person: what no code may get wrong stands here.
    CONSTRAINT "authenticator_recovery_by_two" CHECK (
        "first_admin_id" <> "person_id" AND "second_admin_id" <> "person_id" AND "second_admin_id" <> "first_admin_id"),
    CONSTRAINT "authenticator_recovery_done" CHECK (
        ("status" = 'done') = ("second_admin_id" IS NOT NULL)
        AND ("second_admin_id" IS NULL OR "first_admin_id" IS NOT NULL))
);

-- CreateTable
CREATE TABLE "step_up_challenge" (
    "tenant_id" TEXT NOT NULL,
    "challenge" TEXT NOT NULL,
    "approval_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "decision" TEXT NOT NULL,
    "change_hash" TEXT NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "input" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "spent_at" TIMESTAMPTZ(3),

    CONSTRAINT "step_up_challenge_pkey" PRIMARY KEY ("tenant_id","challenge")
);

-- CreateTable
CREATE TABLE "step_up_evidence" (
    "tenant_id" TEXT NOT NULL,
    "approval_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "authenticator_id" TEXT NOT NULL,
    "challenge_input" TEXT NOT NULL,
    "public_key" BYTEA NOT NULL,
    "authenticator_data" BYTEA NOT NULL,
    "client_data_json" BYTEA NOT NULL,
    "signature" BYTEA NOT NULL,
    "origin" TEXT NOT NULL,
    "rp_id" TEXT NOT NULL,
    "verified_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "step_up_evidence_pkey" PRIMARY KEY ("tenant_id","approval_id","person_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "authenticator_credential_id_key" ON "authenticator"("credential_id");

-- CreateIndex
CREATE INDEX "authenticator_person_id_idx" ON "authenticator"("person_id");

-- CreateIndex
CREATE INDEX "authenticator_enrolment_person_id_idx" ON "authenticator_enrolment"("person_id");

-- CreateIndex
CREATE INDEX "authenticator_recovery_person_id_idx" ON "authenticator_recovery"("person_id");

-- CreateIndex
CREATE INDEX "step_up_challenge_tenant_id_approval_id_idx" ON "step_up_challenge"("tenant_id", "approval_id");

-- One recovery of a person waits at a time.
CREATE UNIQUE INDEX "authenticator_recovery_open" ON "authenticator_recovery" ("person_id") WHERE "status" = 'open';

-- AddForeignKey
ALTER TABLE "authenticator" ADD CONSTRAINT "authenticator_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("person_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "authenticator_enrolment" ADD CONSTRAINT "authenticator_enrolment_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("person_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "authenticator_recovery" ADD CONSTRAINT "authenticator_recovery_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("person_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "authenticator_recovery" ADD CONSTRAINT "authenticator_recovery_membership_id_fkey" FOREIGN KEY ("membership_id") REFERENCES "membership"("membership_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "step_up_challenge" ADD CONSTRAINT "step_up_challenge_tenant_id_approval_id_fkey" FOREIGN KEY ("tenant_id", "approval_id") REFERENCES "approval"("tenant_id", "approval_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "step_up_evidence" ADD CONSTRAINT "step_up_evidence_tenant_id_approval_id_person_id_fkey" FOREIGN KEY ("tenant_id", "approval_id", "person_id") REFERENCES "vote"("tenant_id", "approval_id", "person_id") ON DELETE RESTRICT ON UPDATE CASCADE;

SELECT isolate_tenant_table('step_up_challenge');
SELECT isolate_tenant_table('step_up_evidence');

GRANT SELECT, INSERT ON "authenticator", "authenticator_recovery", "step_up_evidence" TO deltaseal_app;
GRANT UPDATE ("name", "sign_count", "last_used_at", "removed_at", "removed_because") ON "authenticator" TO deltaseal_app;
GRANT UPDATE ("first_admin_id", "second_admin_id", "status", "ended_by_id", "ended_at") ON "authenticator_recovery" TO deltaseal_app;
GRANT SELECT, INSERT, DELETE ON "authenticator_enrolment", "step_up_challenge" TO deltaseal_app;
GRANT UPDATE ("used_at") ON "authenticator_enrolment" TO deltaseal_app;
GRANT UPDATE ("spent_at") ON "step_up_challenge" TO deltaseal_app;

-- Whether only votes count that an authenticator signed. It stands with the stages, so whatever copies those copies it.
CREATE FUNCTION needs_step_up(p_required jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$ SELECT p_required @? '$[*] ? (@.stepUp == true)' $$;

-- Spends a challenge for one vote and moves the authenticator's count on, both under the lock of the approval; gives why
-- not, or null. The signature itself was checked by the caller, against the challenge that is spent here.
--
-- p_step_up: {challenge, authenticatorId, signCount, clientDataJSON, authenticatorData, signature, origin, rpId, digest}
CREATE FUNCTION spend_step_up(
  p_approval approval, p_person_id text, p_session_id text, p_decision text, p_step_up jsonb
)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
  v_challenge step_up_challenge;
BEGIN
  SELECT * INTO v_challenge FROM step_up_challenge
  WHERE tenant_id = p_approval.tenant_id AND challenge = p_step_up ->> 'challenge' FOR UPDATE;
  IF NOT FOUND
    OR v_challenge.approval_id <> p_approval.approval_id OR v_challenge.change_hash <> p_approval.change_hash
    OR v_challenge.policy_version <> p_approval.policy_version OR v_challenge.person_id <> p_person_id
    OR v_challenge.session_id <> p_session_id OR v_challenge.decision <> p_decision THEN
    RETURN 'step_up_invalid';
  END IF;
  IF v_challenge.spent_at IS NOT NULL THEN RETURN 'step_up_spent'; END IF;
  IF v_challenge.expires_at <= clock_timestamp() THEN RETURN 'step_up_expired'; END IF;

  UPDATE authenticator SET sign_count = (p_step_up ->> 'signCount')::bigint, last_used_at = clock_timestamp()
  WHERE authenticator_id = p_step_up ->> 'authenticatorId' AND person_id = p_person_id AND removed_at IS NULL
    AND (sign_count < (p_step_up ->> 'signCount')::bigint
      OR (sign_count = 0 AND (p_step_up ->> 'signCount')::bigint = 0));
  IF NOT FOUND THEN RETURN 'step_up_invalid'; END IF;

  UPDATE step_up_challenge SET spent_at = clock_timestamp()
  WHERE tenant_id = v_challenge.tenant_id AND challenge = v_challenge.challenge;
  RETURN NULL;
END
$$;

-- Keeps what an authenticator signed beside the vote it was signed for, so that it can be checked without us.
CREATE FUNCTION keep_step_up(p_tenant_id text, p_approval_id text, p_person_id text, p_step_up jsonb)
RETURNS void
LANGUAGE sql
AS $$
  INSERT INTO step_up_evidence (
    tenant_id, approval_id, person_id, authenticator_id, challenge_input, public_key, authenticator_data,
    client_data_json, signature, origin, rp_id, verified_at)
  SELECT p_tenant_id, p_approval_id, p_person_id, a.authenticator_id, c.input, a.public_key,
    decode(p_step_up ->> 'authenticatorData', 'hex'), decode(p_step_up ->> 'clientDataJSON', 'hex'),
    decode(p_step_up ->> 'signature', 'hex'), p_step_up ->> 'origin', p_step_up ->> 'rpId', clock_timestamp()
  FROM authenticator a, step_up_challenge c
  WHERE a.authenticator_id = p_step_up ->> 'authenticatorId'
    AND c.tenant_id = p_tenant_id AND c.challenge = p_step_up ->> 'challenge'
$$;

-- As in 20261122001300_call_rules; where step-up is needed, votes without it do not count.
CREATE OR REPLACE FUNCTION stages_filled(p_tenant_id text, p_approval_id text, p_required jsonb)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_owners int;
  v_admins int;
  v_voters int;
  v_needed jsonb;
BEGIN
  SELECT count(*) FILTER (WHERE 'owner' = ANY (roles)), count(*) FILTER (WHERE roles && ARRAY['owner', 'admin']),
    count(*) FILTER (WHERE roles && ARRAY['owner', 'admin', 'reviewer'])
  INTO v_owners, v_admins, v_voters
  FROM (
    SELECT array_agg(m.role) AS roles
    FROM vote v
    JOIN person p ON p.person_id = v.person_id AND p.disabled_at IS NULL
    JOIN tenant t ON t.tenant_id = p_tenant_id
    JOIN membership m ON m.person_id = v.person_id AND m.ended_at IS NULL AND m.agency_id = t.agency_id
      AND (m.tenant_id IS NULL OR m.tenant_id = p_tenant_id)
    WHERE v.tenant_id = p_tenant_id AND v.approval_id = p_approval_id AND v.decision = 'approve'
      AND (NOT needs_step_up(p_required) OR EXISTS (
        SELECT FROM step_up_evidence e
        WHERE e.tenant_id = p_tenant_id AND e.approval_id = p_approval_id AND e.person_id = v.person_id))
    GROUP BY v.person_id
  ) AS voter;
  SELECT jsonb_object_agg("group", needed) INTO v_needed FROM (
    SELECT stage ->> 'group' AS "group", sum((stage ->> 'count')::int) AS needed
    FROM jsonb_array_elements(p_required) AS stage GROUP BY 1) AS stages;

  RETURN v_owners >= coalesce((v_needed ->> 'owners')::int, 0)
    AND v_admins >= coalesce((v_needed ->> 'owners')::int, 0) + coalesce((v_needed ->> 'admins')::int, 0)
    AND v_voters >= greatest(1, (SELECT sum(value::int) FROM jsonb_each_text(v_needed)));
END
$$;

-- Casts one person's vote. Codes: unauthenticated, not_found, forbidden, separation_of_duties, approval_closed, expired,
-- hash_mismatch, reason_required, already_voted, step_up_required, step_up_invalid, step_up_spent, step_up_expired; null
-- when the vote counts.
DROP FUNCTION cast_vote(text, text, text, text, text, text, text[]);
CREATE FUNCTION cast_vote(
  p_session_id text, p_approval_id text, p_decision text, p_change_hash text, p_reason text,
  p_event_id text, p_salts text[], p_step_up jsonb DEFAULT NULL
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_actor jsonb;
  v_tenant text;
  v_run run;
  v_key api_key;
  v_approval approval;
  v_status text;
  v_refusal text;
  v_roles text[];
BEGIN
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  SELECT tenant_id INTO v_tenant FROM approval WHERE approval_id = p_approval_id;
  IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;
  PERFORM set_config('app.tenant', v_tenant, true);
  v_actor := jsonb_build_object('kind', 'person', 'id', v_person ->> 'personId');

  SELECT r.* INTO v_run FROM run r JOIN approval a ON a.tenant_id = r.tenant_id AND a.run_id = r.run_id
  WHERE a.tenant_id = v_tenant AND a.approval_id = p_approval_id FOR SHARE OF r;
  SELECT * INTO v_approval FROM approval WHERE tenant_id = v_tenant AND approval_id = p_approval_id FOR UPDATE;
  -- Again, because the session or the membership may have ended while this vote waited for the row.
  v_person := bind_session(p_session_id);
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  IF NOT v_tenant = ANY (string_to_array(current_setting('app.tenants'), ',')) THEN
    RETURN '{"code": "not_found"}';
  END IF;
  SELECT * INTO v_key FROM api_key WHERE tenant_id = v_tenant AND key_id = v_approval.key_id;

  -- The widest group that is asked: a vote that could never count is not taken.
  v_roles := CASE
    WHEN jsonb_array_length(v_approval.required) = 0 THEN ARRAY['owner', 'admin', 'reviewer']
    WHEN NOT v_approval.required @? '$[*] ? (@.group != "owners")' THEN ARRAY['owner']
    WHEN NOT v_approval.required @? '$[*] ? (@.group != "owners" && @.group != "admins")' THEN ARRAY['owner', 'admin']
    ELSE ARRAY['owner', 'admin', 'reviewer'] END;
  v_refusal := CASE
    WHEN NOT EXISTS (
      SELECT FROM jsonb_array_elements(v_person -> 'tenants') AS t
      WHERE t ->> 'tenantId' = v_tenant AND t -> 'roles' ?| CASE p_decision
        WHEN 'deny' THEN ARRAY['owner', 'admin', 'reviewer'] ELSE v_roles END) THEN 'forbidden'
    WHEN v_person ->> 'personId' IN (v_key.owner_id, v_key.created_by_id, v_run.operator_id) THEN 'separation_of_duties'
  END;
  IF v_refusal IS NOT NULL THEN
    RETURN jsonb_build_object('code', v_refusal, 'tenantId', v_tenant);
  END IF;

  IF approval_expire_if_due(v_approval, p_event_id, p_salts) THEN
    RETURN jsonb_build_object('code', 'expired', 'tenantId', v_tenant, 'moved', true);
  END IF;
  IF v_approval.status <> 'pending' THEN
    RETURN jsonb_build_object('code', 'approval_closed', 'tenantId', v_tenant, 'status', v_approval.status);
  END IF;
  IF v_approval.change_hash <> p_change_hash THEN
    RETURN jsonb_build_object('code', 'hash_mismatch', 'tenantId', v_tenant);
  END IF;

  IF p_reason IS NULL AND (p_decision = 'deny' OR v_approval.reason_required) THEN
    RETURN jsonb_build_object('code', 'reason_required', 'tenantId', v_tenant);
  END IF;

  IF EXISTS (
    SELECT FROM vote
    WHERE tenant_id = v_tenant AND approval_id = p_approval_id AND person_id = v_person ->> 'personId'
  ) THEN
    RETURN jsonb_build_object('code', 'already_voted', 'tenantId', v_tenant);
  END IF;
  IF p_step_up IS NULL AND p_decision = 'approve' AND needs_step_up(v_approval.required) THEN
    RETURN jsonb_build_object('code', 'step_up_required', 'tenantId', v_tenant);
  END IF;
  IF p_step_up IS NOT NULL THEN
    v_refusal := spend_step_up(v_approval, v_person ->> 'personId', p_session_id, p_decision, p_step_up);
    IF v_refusal IS NOT NULL THEN RETURN jsonb_build_object('code', v_refusal, 'tenantId', v_tenant); END IF;
  END IF;

  INSERT INTO vote (tenant_id, approval_id, person_id, decision, reason, change_hash, session_id, voted_at)
  VALUES (v_tenant, p_approval_id, v_person ->> 'personId', p_decision, p_reason, p_change_hash, p_session_id, clock_timestamp());
  IF p_step_up IS NOT NULL THEN
    PERFORM keep_step_up(v_tenant, p_approval_id, v_person ->> 'personId', p_step_up);
  END IF;

  v_status := CASE
    WHEN p_decision = 'deny' THEN 'denied'
    WHEN stages_filled(v_tenant, p_approval_id, v_approval.required) THEN 'approved'
    ELSE 'pending' END;

  UPDATE approval SET
    status = v_status, version = version + 1,
    decided_at = CASE WHEN v_status <> 'pending' THEN clock_timestamp() END,
    use_by = CASE WHEN v_status = 'approved' THEN clock_timestamp() + make_interval(secs => v_approval.use_within_seconds) END
  WHERE tenant_id = v_tenant AND approval_id = p_approval_id AND version = v_approval.version AND status = 'pending';
  IF NOT FOUND THEN RAISE EXCEPTION 'the approval moved under its lock'; END IF;

  PERFORM audit_append(
    p_event_id, CASE v_status WHEN 'pending' THEN 'approval.voted' ELSE 'approval.' || v_status END, v_actor,
    jsonb_build_object('kind', 'approval', 'id', p_approval_id),
    jsonb_build_object(
      'runId', v_approval.run_id, 'callId', v_approval.call_id, 'approvalId', p_approval_id, 'sessionId', p_session_id,
      'decision', p_decision, 'from', 'pending', 'to', v_status,
      'authenticatorId', p_step_up ->> 'authenticatorId'),
    jsonb_build_object(
      'changeHash', p_change_hash, 'reason', p_reason, 'stepUp', p_step_up ->> 'digest'), p_salts);

  RETURN jsonb_build_object('code', NULL, 'tenantId', v_tenant, 'runId', v_approval.run_id);
END
$$;

-- As in 20261122000800_hot_path: functions keep their plans. Replacing one forgets that.
ALTER FUNCTION cast_vote(text, text, text, text, text, text, text[], jsonb) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION stages_filled(text, text, jsonb) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION spend_step_up(approval, text, text, text, jsonb) SET plan_cache_mode = force_generic_plan;
