-- Who decides in somebody's place while they are away, and how two administrators decide when nobody else can (SPEC 4.3).

-- AlterTable
ALTER TABLE "agency"
    ADD COLUMN "break_glass_off_at" TIMESTAMPTZ(3),
    ADD COLUMN "break_glass_off_by_id" TEXT;

-- CreateTable
CREATE TABLE "stand_in" (
    "stand_in_id" TEXT NOT NULL,
    "agency_id" TEXT NOT NULL,
    "absent_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "named_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "ended_by_id" TEXT,

    CONSTRAINT "stand_in_pkey" PRIMARY KEY ("stand_in_id"),
    CONSTRAINT "stand_in_other" CHECK ("person_id" <> "absent_id"),
    CONSTRAINT "stand_in_time" CHECK ("ends_at" > "starts_at" AND "ends_at" - "starts_at" <= interval '60 days')
);

-- CreateTable
CREATE TABLE "break_glass" (
    "tenant_id" TEXT NOT NULL,
    "break_glass_id" TEXT NOT NULL,
    "approval_id" TEXT NOT NULL,
    "change_hash" TEXT NOT NULL,
    "begun_by_id" TEXT NOT NULL,
    "begun_in_session_id" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "step_up" JSONB,
    "begun_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'open',
    "confirmed_by_id" TEXT,
    "confirm_reason" TEXT,
    "ended_at" TIMESTAMPTZ(3),
    "ended_by_id" TEXT,

    CONSTRAINT "break_glass_pkey" PRIMARY KEY ("tenant_id","break_glass_id"),
    CONSTRAINT "break_glass_status" CHECK ("status" IN ('open', 'approved', 'withdrawn', 'lapsed')),
    -- Two administrators and two reasons: what no code may get wrong stands here.
    CONSTRAINT "break_glass_by_two" CHECK ("confirmed_by_id" <> "begun_by_id"),
    CONSTRAINT "break_glass_reasons" CHECK (char_length(btrim("reason")) >= 20 AND char_length(btrim("confirm_reason")) >= 20),
    CONSTRAINT "break_glass_approved" CHECK (
        ("status" = 'approved') = ("confirmed_by_id" IS NOT NULL)
        AND ("confirmed_by_id" IS NULL) = ("confirm_reason" IS NULL)
        AND ("status" = 'open') = ("ended_at" IS NULL))
);

-- CreateTable
CREATE TABLE "break_glass_notice" (
    "tenant_id" TEXT NOT NULL,
    "break_glass_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "dismissed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "break_glass_notice_pkey" PRIMARY KEY ("tenant_id","break_glass_id","person_id")
);

-- CreateIndex
CREATE INDEX "stand_in_person_id_idx" ON "stand_in"("person_id");

-- CreateIndex
CREATE INDEX "break_glass_tenant_id_approval_id_idx" ON "break_glass"("tenant_id", "approval_id");

-- AddForeignKey
ALTER TABLE "stand_in" ADD CONSTRAINT "stand_in_agency_id_fkey" FOREIGN KEY ("agency_id") REFERENCES "agency"("agency_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stand_in" ADD CONSTRAINT "stand_in_absent_id_fkey" FOREIGN KEY ("absent_id") REFERENCES "person"("person_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stand_in" ADD CONSTRAINT "stand_in_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("person_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "break_glass" ADD CONSTRAINT "break_glass_tenant_id_approval_id_fkey" FOREIGN KEY ("tenant_id", "approval_id") REFERENCES "approval"("tenant_id", "approval_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "break_glass_notice" ADD CONSTRAINT "break_glass_notice_tenant_id_break_glass_id_fkey" FOREIGN KEY ("tenant_id", "break_glass_id") REFERENCES "break_glass"("tenant_id", "break_glass_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- One stand-in of a person in an agency at a time; one whose time is over is ended when the next is named.
CREATE UNIQUE INDEX "stand_in_once" ON "stand_in" ("agency_id", "absent_id") WHERE "ended_at" IS NULL;

-- One break-glass of an approval waits at a time.
CREATE UNIQUE INDEX "break_glass_open" ON "break_glass" ("tenant_id", "approval_id") WHERE "status" = 'open';

-- Everybody is told of those that decided, on every page: they are few, and the others many.
CREATE INDEX "break_glass_told" ON "break_glass" ("tenant_id", "ended_at") WHERE "status" = 'approved';

SELECT isolate_tenant_table('break_glass');
SELECT isolate_tenant_table('break_glass_notice');

GRANT SELECT, INSERT ON "stand_in", "break_glass", "break_glass_notice" TO deltaseal_app;
GRANT UPDATE ("ended_at", "ended_by_id") ON "stand_in" TO deltaseal_app;
GRANT UPDATE ("status", "confirmed_by_id", "confirm_reason", "ended_at", "ended_by_id") ON "break_glass" TO deltaseal_app;

-- Switched off for good means by nobody and nothing ever on again.
CREATE FUNCTION keep_break_glass_off()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'break-glass was switched off for good';
END
$$;
CREATE TRIGGER break_glass_stays_off BEFORE UPDATE ON "agency" FOR EACH ROW
  WHEN (OLD.break_glass_off_at IS NOT NULL
    AND (NEW.break_glass_off_at, NEW.break_glass_off_by_id) IS DISTINCT FROM (OLD.break_glass_off_at, OLD.break_glass_off_by_id))
  EXECUTE FUNCTION keep_break_glass_off();

-- The roles that a person holds in a tenant themselves: none for whoever is disabled or has no part in it.
CREATE FUNCTION own_roles(p_tenant_id text, p_person_id text)
RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN ARRAY(
    SELECT DISTINCT m.role
    FROM person p
    JOIN tenant t ON t.tenant_id = p_tenant_id
    JOIN membership m ON m.person_id = p.person_id AND m.ended_at IS NULL AND m.agency_id = t.agency_id
      AND (m.tenant_id IS NULL OR m.tenant_id = p_tenant_id)
    WHERE p.person_id = p_person_id AND p.disabled_at IS NULL);
END
$$;

-- The voting roles of those in whose place a person may vote in a tenant now, by person; or of the one named. It takes a
-- part of one's own there: who stands in reads nothing by it. A stand-in's stand-in has none, since these are own roles.
CREATE FUNCTION lent_roles(p_tenant_id text, p_person_id text, p_absent_id text)
RETURNS TABLE (absent_id text, roles text[])
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
  -- Nearly nobody stands in for anybody, and this is asked with each vote.
  IF NOT EXISTS (SELECT FROM stand_in WHERE person_id = p_person_id AND ended_at IS NULL)
    OR cardinality(own_roles(p_tenant_id, p_person_id)) = 0 THEN RETURN; END IF;

  RETURN QUERY
    SELECT s.absent_id, lent.roles
    FROM stand_in s
    JOIN tenant t ON t.tenant_id = p_tenant_id AND t.agency_id = s.agency_id
    CROSS JOIN LATERAL (SELECT array_remove(own_roles(p_tenant_id, s.absent_id), 'auditor') AS roles) AS lent
    WHERE s.person_id = p_person_id AND s.ended_at IS NULL
      AND s.starts_at <= clock_timestamp() AND s.ends_at > clock_timestamp()
      AND (p_absent_id IS NULL OR s.absent_id = p_absent_id) AND cardinality(lent.roles) > 0
    ORDER BY s.stand_in_id;
END
$$;

-- The roles by which a person may vote in a tenant: own roles, and those of whoever the person stands in for now.
CREATE FUNCTION voting_roles(p_tenant_id text, p_person_id text)
RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN ARRAY(
    SELECT unnest(own_roles(p_tenant_id, p_person_id))
    UNION
    SELECT unnest(roles) FROM lent_roles(p_tenant_id, p_person_id, NULL));
END
$$;

-- The roles that a vote counts with: a vote for oneself counts by one's own roles, one for somebody by theirs as well.
CREATE FUNCTION counted_roles(p_tenant_id text, p_person_id text, p_on_behalf_of text)
RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  IF p_on_behalf_of IS NULL THEN RETURN own_roles(p_tenant_id, p_person_id); END IF;

  RETURN ARRAY(
    SELECT unnest(own_roles(p_tenant_id, p_person_id))
    UNION
    SELECT unnest(roles) FROM lent_roles(p_tenant_id, p_person_id, p_on_behalf_of));
END
$$;

-- {owners, admins, voters} with one more vote of somebody with these roles.
CREATE FUNCTION with_vote(p_counted int[], p_roles text[])
RETURNS int[]
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
  RETURN ARRAY[
    p_counted[1] + (p_roles && ARRAY['owner'])::int,
    p_counted[2] + (p_roles && ARRAY['owner', 'admin'])::int,
    p_counted[3] + (p_roles && ARRAY['owner', 'admin', 'reviewer'])::int];
END
$$;

-- Whose place a person takes with this decision; null when their own roles do. Those do where they deny as well, or
-- where they bring the quorum as near as anybody could. Of several who are away it is the first whose vote can count.
CREATE FUNCTION acting_for(p_tenant_id text, p_approval_id text, p_person_id text, p_decision text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_own text[];
  v_required jsonb;
  v_counted int[];
  v_missing int;
  v_absent record;
  v_has_voted boolean;
  v_first text;
BEGIN
  IF NOT EXISTS (SELECT FROM lent_roles(p_tenant_id, p_person_id, NULL)) THEN RETURN NULL; END IF;
  v_own := own_roles(p_tenant_id, p_person_id);
  SELECT required INTO v_required FROM approval WHERE tenant_id = p_tenant_id AND approval_id = p_approval_id;
  v_counted := counted_votes(p_tenant_id, p_approval_id, v_required);
  v_missing := votes_missing(v_required, v_counted);
  IF (p_decision = 'approve' AND votes_missing(v_required, with_vote(v_counted, v_own)) < v_missing)
    OR (p_decision <> 'approve' AND v_own && ARRAY['owner', 'admin', 'reviewer']) THEN
    RETURN NULL;
  END IF;

  FOR v_absent IN SELECT * FROM lent_roles(p_tenant_id, p_person_id, NULL) LOOP
    CONTINUE WHEN p_decision = 'approve'
      AND votes_missing(v_required, with_vote(v_counted, v_own || v_absent.roles)) >= v_missing;
    v_has_voted := EXISTS (
      SELECT FROM vote
      WHERE tenant_id = p_tenant_id AND approval_id = p_approval_id
        AND v_absent.absent_id IN (person_id, on_behalf_of));
    -- Whoever has approved does not also deny by another.
    CONTINUE WHEN v_has_voted AND p_decision <> 'approve';
    v_first := coalesce(v_first, v_absent.absent_id);
    IF NOT v_has_voted AND why_no_vote(
      p_tenant_id, p_approval_id, v_required, p_person_id, v_absent.absent_id, p_decision) IS NULL THEN
      RETURN v_absent.absent_id;
    END IF;
  END LOOP;

  -- Nobody's place can be taken: one's own vote, if that may be cast at all, and else the reason why not.
  RETURN CASE WHEN v_own && roles_asked(v_required) THEN NULL ELSE v_first END;
END
$$;

-- The tenants of an agency in which a person votes by a role of their own: those that a stand-in of theirs concerns.
CREATE FUNCTION concerned_tenants(p_agency_id text, p_absent_id text)
RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN ARRAY(
    SELECT place.tenant_id FROM unnest(agency_tenants(p_agency_id)) AS place(tenant_id)
    WHERE EXISTS (
      SELECT FROM membership m
      WHERE m.person_id = p_absent_id AND m.agency_id = p_agency_id AND m.ended_at IS NULL AND m.role <> 'auditor'
        AND (m.tenant_id IS NULL OR m.tenant_id = place.tenant_id))
    ORDER BY 1);
END
$$;

-- Who can stand in for a person in an agency: somebody else who already reads every tenant in which that one votes.
CREATE FUNCTION possible_stand_ins(p_agency_id text, p_absent_id text)
RETURNS TABLE (person_id text, name text, email text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
  v_concerned text[] := concerned_tenants(p_agency_id, p_absent_id);
BEGIN
  IF cardinality(v_concerned) = 0 THEN RETURN; END IF;

  RETURN QUERY
    SELECT p.person_id, p.name, p.email
    FROM (SELECT DISTINCT m.person_id FROM membership m WHERE m.agency_id = p_agency_id AND m.ended_at IS NULL) AS member
    JOIN person p ON p.person_id = member.person_id
    WHERE p.person_id <> p_absent_id AND p.disabled_at IS NULL AND NOT EXISTS (
      SELECT FROM unnest(v_concerned) AS place(tenant_id)
      WHERE NOT EXISTS (
        SELECT FROM membership m
        WHERE m.person_id = p.person_id AND m.agency_id = p_agency_id AND m.ended_at IS NULL
          AND (m.tenant_id IS NULL OR m.tenant_id = place.tenant_id)))
    ORDER BY p.name, p.person_id;
END
$$;

-- As in 20261122000700_administration, with those in whose place the person may vote now: {personId, name, agencyId,
-- endsAt, roles: [{role, tenantId}]}. What they may see stays what they may see themselves.
CREATE OR REPLACE FUNCTION session_principal(p_session_id text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
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
      ),
      'standsInFor', (
        SELECT coalesce(jsonb_agg(
          jsonb_build_object(
            'personId', a.person_id, 'name', a.name, 'agencyId', i.agency_id,
            'endsAt', to_char(i.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'roles', (
              SELECT coalesce(jsonb_agg(jsonb_build_object('role', m.role, 'tenantId', m.tenant_id) ORDER BY m.created_at), '[]')
              FROM public.membership m
              WHERE m.person_id = a.person_id AND m.agency_id = i.agency_id AND m.ended_at IS NULL AND m.role <> 'auditor'))
          ORDER BY i.stand_in_id), '[]')
        FROM public.stand_in i JOIN public.person a ON a.person_id = i.absent_id AND a.disabled_at IS NULL
        WHERE i.person_id = p.person_id AND i.ended_at IS NULL
          AND i.starts_at <= clock_timestamp() AND i.ends_at > clock_timestamp()
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

-- As in 20261122002600_lifecycle, with the names of those in whose place somebody voted, and the break-glass that waits
-- or that made the decision which stands: both have the very same time.
CREATE OR REPLACE FUNCTION approval_read_of(p_tenant_id text, p_approval_id text)
RETURNS approval_read
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_read approval_read;
BEGIN
  SELECT json_build_object(
    'approvalId', a.approval_id, 'runId', a.run_id, 'tenantId', a.tenant_id, 'tenantName', t.name, 'callId', a.call_id,
    'server', c.server, 'tool', c.name, 'toolVersion', c.version, 'tier', c.tier, 'definitionHash', c.definition_hash,
    'status', approval_status_now(a),
    'version', a.version, 'changeHash', a.change_hash, 'policyVersion', a.policy_version, 'required', a.required,
    'requestedAt', a.requested_at, 'expiresAt', a.expires_at, 'useBy', a.use_by, 'decidedAt', a.decided_at,
    'endedBecause', a.ended_because, 'planId', a.plan_id, 'derivedFrom', a.derived_from,
    'requestedBy', json_build_object(
      'actor', r.actor_agent, 'model', r.actor_model, 'keyId', a.key_id,
      'keyPrefix', 'dsl_' || k.mode || '_' || left(k.public_id, 6), 'keyOwnerId', k.owner_id, 'keyCreatedById', k.created_by_id,
      'operatorId', r.operator_id),
    'run', json_build_object('environment', r.environment, 'workflow', r.workflow, 'step', r.step, 'status', r.status),
    'matchedRule', c.matched_rule, 'checks', coalesce(c.checks, '[]')::json, 'isDryRun', c.dry_run,
    'reasonRequired', a.reason_required, 'useWithinSeconds', a.use_within_seconds,
    'reason', c.agent_reason, 'input', json_build_object('sha256', c.input_digest),
    'sentence', ch.sentence, 'effects', ch.effects, 'flags', ch.flags, 'diffDigest', ch.diff_digest,
    'parts', (
      SELECT json_agg(json_build_object(
        'kind', p.kind, 'op', p.op, 'target', p.target, 'before', p.before_state, 'after', p.after_state,
        'added', p.added, 'removed', p.removed, 'hiddenCharacters', p.hidden_characters, 'flags', p.flags) ORDER BY p.position)
      FROM change_part p WHERE p.tenant_id = p_tenant_id AND p.call_id = a.call_id),
    'votes', (
      SELECT coalesce(json_agg(json_build_object(
        'personId', v.person_id, 'name', w.name, 'decision', v.decision, 'reason', v.reason, 'at', v.voted_at,
        'onBehalfOf', v.on_behalf_of, 'onBehalfOfName', o.name)
        ORDER BY v.voted_at), '[]')
      FROM vote v JOIN person w ON w.person_id = v.person_id
      LEFT JOIN person o ON o.person_id = v.on_behalf_of
      WHERE v.tenant_id = p_tenant_id AND v.approval_id = p_approval_id),
    'breakGlass', (
      SELECT json_build_object(
        'status', b.status, 'by', json_build_object('personId', f.person_id, 'name', f.name), 'reason', b.reason,
        'at', b.begun_at, 'expiresAt', b.expires_at,
        'confirmedBy', CASE WHEN s.person_id IS NOT NULL THEN json_build_object('personId', s.person_id, 'name', s.name) END,
        'confirmReason', b.confirm_reason, 'confirmedAt', b.ended_at)
      FROM break_glass b JOIN person f ON f.person_id = b.begun_by_id
      LEFT JOIN person s ON s.person_id = b.confirmed_by_id
      WHERE b.tenant_id = p_tenant_id AND b.approval_id = p_approval_id AND CASE b.status
        WHEN 'open' THEN b.expires_at > clock_timestamp() AND approval_status_now(a) = 'pending'
        ELSE b.status = 'approved' AND b.ended_at = a.decided_at END
      ORDER BY b.break_glass_id DESC LIMIT 1),
    'execution', (
      SELECT json_build_object(
        'executionId', e.execution_id, 'status', execution_status_now(e), 'startedAt', e.started_at, 'finishedAt', e.finished_at,
        'matchesApproved', e.matches_approved, 'late', e.late, 'receipts', e.receipts)
      FROM execution e WHERE e.tenant_id = p_tenant_id AND e.approval_id = p_approval_id)
  ), r.run_id, r.environment, ch.envelope, b.wrapped_key, b.sealed
  INTO v_read
  FROM approval a
  JOIN tenant t ON t.tenant_id = a.tenant_id
  JOIN tool_call c ON c.tenant_id = a.tenant_id AND c.call_id = a.call_id
  JOIN change ch ON ch.tenant_id = a.tenant_id AND ch.call_id = a.call_id
  JOIN run r ON r.tenant_id = a.tenant_id AND r.run_id = a.run_id
  JOIN api_key k ON k.tenant_id = a.tenant_id AND k.key_id = a.key_id
  LEFT JOIN blob b ON b.tenant_id = a.tenant_id AND b.digest = ch.diff_digest
  WHERE a.tenant_id = p_tenant_id AND a.approval_id = p_approval_id;

  RETURN v_read;
END
$$;

-- Why this person may not break the glass of an approval, or null: an owner or administrator there by a role of their
-- own, at this moment, and apart from what was asked. Neither a quorum nor a recent edit matters.
CREATE FUNCTION why_no_break_glass(p_approval approval, p_person_id text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  v_operator_id text;
BEGIN
  IF NOT EXISTS (
    SELECT FROM membership m
    JOIN person p ON p.person_id = m.person_id AND p.disabled_at IS NULL
    JOIN tenant t ON t.tenant_id = p_approval.tenant_id AND t.agency_id = m.agency_id
    WHERE m.person_id = p_person_id AND m.ended_at IS NULL AND m.role IN ('owner', 'admin')
      AND (m.tenant_id IS NULL OR m.tenant_id = p_approval.tenant_id)) THEN
    RETURN 'forbidden';
  END IF;
  SELECT operator_id INTO v_operator_id FROM run
  WHERE tenant_id = p_approval.tenant_id AND run_id = p_approval.run_id;
  IF is_part_of(p_approval.tenant_id, p_approval.key_id, v_operator_id, ARRAY[p_person_id]) THEN
    RETURN 'separation_of_duties';
  END IF;
  -- Whoever somebody voted for has voted.
  IF EXISTS (
    SELECT FROM vote
    WHERE tenant_id = p_approval.tenant_id AND approval_id = p_approval.approval_id AND on_behalf_of = p_person_id) THEN
    RETURN 'already_voted';
  END IF;

  RETURN NULL;
END
$$;

-- Locks an approval for a person who wants its glass broken, and says who they are and why they may not. The agency's
-- row comes first, as whoever changes its people or switches break-glass off takes it.
CREATE FUNCTION lock_break_glass(
  p_session_id text, p_approval_id text, OUT code text, OUT person_id text, OUT approval approval, OUT is_off boolean
)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  v_tenant text;
BEGIN
  IF bind_session(p_session_id) IS NULL THEN code := 'unauthenticated'; RETURN; END IF;
  SELECT a.tenant_id INTO v_tenant FROM approval a WHERE a.approval_id = p_approval_id;
  IF NOT FOUND THEN code := 'not_found'; RETURN; END IF;
  PERFORM set_config('app.tenant', v_tenant, true);

  SELECT g.break_glass_off_at IS NOT NULL INTO is_off
  FROM agency g JOIN tenant t ON t.agency_id = g.agency_id WHERE t.tenant_id = v_tenant FOR SHARE OF g;
  PERFORM FROM run r JOIN approval a ON a.tenant_id = r.tenant_id AND a.run_id = r.run_id
  WHERE a.tenant_id = v_tenant AND a.approval_id = p_approval_id FOR SHARE OF r;
  SELECT a.* INTO approval FROM approval a
  WHERE a.tenant_id = v_tenant AND a.approval_id = p_approval_id FOR UPDATE;

  -- Again, because the session or the membership may have ended while this waited for a row.
  person_id := bind_session(p_session_id) ->> 'personId';
  IF person_id IS NULL THEN code := 'unauthenticated'; RETURN; END IF;
  IF NOT v_tenant = ANY (string_to_array(current_setting('app.tenants'), ',')) THEN code := 'not_found'; RETURN; END IF;
END
$$;

-- What of an approval stands in the way of breaking its glass now: approval_closed, hash_mismatch, break_glass_off,
-- step_up_required; null when nothing does.
CREATE FUNCTION break_glass_hindrance(p_approval approval, p_change_hash text, p_is_off boolean, p_has_step_up boolean)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN CASE
    WHEN p_approval.status <> 'pending' THEN 'approval_closed'
    WHEN p_approval.change_hash <> p_change_hash THEN 'hash_mismatch'
    WHEN p_is_off THEN 'break_glass_off'
    WHEN NOT p_has_step_up AND needs_step_up(p_approval.required) THEN 'step_up_required'
  END;
END
$$;

-- Writes what happened to a break-glass into the log.
CREATE FUNCTION break_glass_leaf(
  p_approval approval, p_type text, p_person_id text, p_session_id text, p_more jsonb, p_reason text, p_step_up jsonb,
  p_event_id text, p_salts text[]
)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM audit_append(
    p_event_id, p_type, jsonb_build_object('kind', 'person', 'id', p_person_id),
    jsonb_build_object('kind', 'approval', 'id', p_approval.approval_id),
    jsonb_build_object(
      'runId', p_approval.run_id, 'callId', p_approval.call_id, 'approvalId', p_approval.approval_id,
      'sessionId', p_session_id, 'authenticatorId', p_step_up ->> 'authenticatorId') || p_more,
    jsonb_build_object(
      'changeHash', p_approval.change_hash, 'reason', p_reason, 'stepUp', p_step_up ->> 'digest'), p_salts);
END
$$;

-- Begins to break the glass of an approval: another administrator has 15 minutes. Codes: unauthenticated, not_found,
-- forbidden, separation_of_duties, already_voted, expired, approval_closed, hash_mismatch, break_glass_off,
-- break_glass_open, step_up_required, step_up_invalid, step_up_spent, step_up_expired; null when it waits.
CREATE FUNCTION begin_break_glass(
  p_session_id text, p_approval_id text, p_break_glass_id text, p_change_hash text, p_reason text, p_step_up jsonb,
  p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_asked record;
  v_approval approval;
  v_refusal text;
BEGIN
  SELECT * INTO v_asked FROM lock_break_glass(p_session_id, p_approval_id);
  IF v_asked.code IS NOT NULL THEN RETURN jsonb_build_object('code', v_asked.code); END IF;
  v_approval := v_asked.approval;

  v_refusal := why_no_break_glass(v_approval, v_asked.person_id);
  IF v_refusal IS NULL AND approval_expire_if_due(v_approval, p_event_id, p_salts) THEN
    RETURN jsonb_build_object('code', 'expired', 'tenantId', v_approval.tenant_id, 'runId', v_approval.run_id, 'moved', true);
  END IF;
  v_refusal := coalesce(
    v_refusal, break_glass_hindrance(v_approval, p_change_hash, v_asked.is_off, p_step_up IS NOT NULL));
  IF v_refusal IS NULL THEN
    UPDATE break_glass SET status = 'lapsed', ended_at = expires_at
    WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id AND status = 'open'
      AND expires_at <= clock_timestamp();
    v_refusal := CASE WHEN EXISTS (
      SELECT FROM break_glass
      WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id AND status = 'open') THEN 'break_glass_open' END;
  END IF;
  IF v_refusal IS NULL AND p_step_up IS NOT NULL THEN
    v_refusal := spend_step_up(v_approval, v_asked.person_id, p_session_id, 'approve', p_step_up);
  END IF;
  IF v_refusal IS NOT NULL THEN
    RETURN jsonb_build_object('code', v_refusal, 'tenantId', v_approval.tenant_id);
  END IF;

  INSERT INTO break_glass (
    tenant_id, break_glass_id, approval_id, change_hash, begun_by_id, begun_in_session_id, reason, step_up, begun_at, expires_at)
  SELECT v_approval.tenant_id, p_break_glass_id, p_approval_id, v_approval.change_hash, v_asked.person_id, p_session_id,
    p_reason, p_step_up, now, now + interval '15 minutes'
  FROM clock_timestamp() AS now;
  UPDATE approval SET version = version + 1 WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id;
  PERFORM break_glass_leaf(
    v_approval, 'approval.break_glass_begun', v_asked.person_id, p_session_id,
    jsonb_build_object('breakGlassId', p_break_glass_id), p_reason, p_step_up, p_event_id, p_salts);

  RETURN jsonb_build_object('code', NULL, 'tenantId', v_approval.tenant_id, 'runId', v_approval.run_id);
END
$$;

-- Casts the vote of one of the two, unless they approved before, and keeps what they signed with it.
CREATE FUNCTION cast_break_glass_vote(
  p_approval approval, p_person_id text, p_session_id text, p_reason text, p_at timestamptz, p_step_up jsonb
)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO vote (tenant_id, approval_id, person_id, decision, reason, change_hash, session_id, voted_at)
  VALUES (p_approval.tenant_id, p_approval.approval_id, p_person_id, 'approve', p_reason, p_approval.change_hash,
    p_session_id, p_at)
  ON CONFLICT DO NOTHING;
  IF FOUND AND p_step_up IS NOT NULL THEN
    PERFORM keep_step_up(p_approval.tenant_id, p_approval.approval_id, p_person_id, p_step_up);
  END IF;
END
$$;

-- The second administrator's word: the approval is approved, whatever its quorum. That both may still is looked at under
-- the lock of the approval. Codes: those of begin_break_glass, break_glass_closed, second_person_required.
CREATE FUNCTION confirm_break_glass(
  p_session_id text, p_approval_id text, p_change_hash text, p_reason text, p_step_up jsonb, p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_asked record;
  v_approval approval;
  v_begun break_glass;
  v_refusal text;
  v_now timestamptz;
BEGIN
  SELECT * INTO v_asked FROM lock_break_glass(p_session_id, p_approval_id);
  IF v_asked.code IS NOT NULL THEN RETURN jsonb_build_object('code', v_asked.code); END IF;
  v_approval := v_asked.approval;

  v_refusal := why_no_break_glass(v_approval, v_asked.person_id);
  IF v_refusal IS NULL AND approval_expire_if_due(v_approval, p_event_id, p_salts) THEN
    RETURN jsonb_build_object('code', 'expired', 'tenantId', v_approval.tenant_id, 'runId', v_approval.run_id, 'moved', true);
  END IF;
  IF v_refusal IS NULL AND v_approval.status = 'pending' THEN
    SELECT * INTO v_begun FROM break_glass
    WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id AND status = 'open'
      AND expires_at > clock_timestamp() AND change_hash = v_approval.change_hash FOR UPDATE;
    -- Who began and may not any more has begun nothing; nor has one whose authenticator was taken away.
    v_refusal := CASE
      WHEN NOT FOUND THEN 'break_glass_closed'
      WHEN v_begun.begun_by_id = v_asked.person_id THEN 'second_person_required'
      WHEN why_no_break_glass(v_approval, v_begun.begun_by_id) IS NOT NULL THEN 'break_glass_closed'
      WHEN v_begun.step_up IS NULL AND needs_step_up(v_approval.required) THEN 'break_glass_closed'
      WHEN v_begun.step_up IS NOT NULL AND NOT EXISTS (
        SELECT FROM authenticator
        WHERE authenticator_id = v_begun.step_up ->> 'authenticatorId' AND person_id = v_begun.begun_by_id
          AND removed_at IS NULL) THEN 'break_glass_closed'
    END;
  END IF;
  v_refusal := coalesce(
    v_refusal, break_glass_hindrance(v_approval, p_change_hash, v_asked.is_off, p_step_up IS NOT NULL));
  IF v_refusal IS NULL AND p_step_up IS NOT NULL THEN
    v_refusal := spend_step_up(v_approval, v_asked.person_id, p_session_id, 'approve', p_step_up);
  END IF;
  IF v_refusal IS NOT NULL THEN
    RETURN jsonb_build_object('code', v_refusal, 'tenantId', v_approval.tenant_id);
  END IF;

  v_now := clock_timestamp();
  PERFORM cast_break_glass_vote(
    v_approval, v_begun.begun_by_id, v_begun.begun_in_session_id, v_begun.reason, v_begun.begun_at, v_begun.step_up);
  PERFORM cast_break_glass_vote(v_approval, v_asked.person_id, p_session_id, p_reason, v_now, p_step_up);
  UPDATE break_glass SET status = 'approved', confirmed_by_id = v_asked.person_id, confirm_reason = p_reason,
    ended_at = v_now, ended_by_id = v_asked.person_id
  WHERE tenant_id = v_approval.tenant_id AND break_glass_id = v_begun.break_glass_id;
  UPDATE approval SET status = 'approved', version = version + 1, decided_at = v_now,
    use_by = v_now + make_interval(secs => v_approval.use_within_seconds)
  WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id AND version = v_approval.version
    AND status = 'pending';
  IF NOT FOUND THEN RAISE EXCEPTION 'the approval moved under its lock'; END IF;
  PERFORM break_glass_leaf(
    v_approval, 'approval.break_glass_approved', v_asked.person_id, p_session_id,
    jsonb_build_object(
      'breakGlassId', v_begun.break_glass_id, 'begunById', v_begun.begun_by_id, 'from', 'pending', 'to', 'approved'),
    p_reason, p_step_up, p_event_id, p_salts);

  RETURN jsonb_build_object('code', NULL, 'tenantId', v_approval.tenant_id, 'runId', v_approval.run_id);
END
$$;

-- Ends a break-glass that waits: whoever began it, or another administrator. Codes: unauthenticated, not_found,
-- forbidden, break_glass_closed; null when it is withdrawn.
CREATE FUNCTION withdraw_break_glass(p_session_id text, p_approval_id text, p_event_id text, p_salts text[])
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_asked record;
  v_approval approval;
  v_begun break_glass;
BEGIN
  SELECT * INTO v_asked FROM lock_break_glass(p_session_id, p_approval_id);
  IF v_asked.code IS NOT NULL THEN RETURN jsonb_build_object('code', v_asked.code); END IF;
  v_approval := v_asked.approval;

  SELECT * INTO v_begun FROM break_glass
  WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id AND status = 'open'
    AND expires_at > clock_timestamp() FOR UPDATE;
  IF v_begun.begun_by_id IS DISTINCT FROM v_asked.person_id
    AND why_no_break_glass(v_approval, v_asked.person_id) = 'forbidden' THEN
    RETURN jsonb_build_object('code', 'forbidden', 'tenantId', v_approval.tenant_id);
  END IF;
  IF v_begun.break_glass_id IS NULL OR v_approval.status <> 'pending' THEN
    RETURN jsonb_build_object('code', 'break_glass_closed', 'tenantId', v_approval.tenant_id);
  END IF;

  UPDATE break_glass SET status = 'withdrawn', ended_at = clock_timestamp(), ended_by_id = v_asked.person_id
  WHERE tenant_id = v_approval.tenant_id AND break_glass_id = v_begun.break_glass_id;
  UPDATE approval SET version = version + 1 WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id;
  PERFORM break_glass_leaf(
    v_approval, 'approval.break_glass_withdrawn', v_asked.person_id, p_session_id,
    jsonb_build_object('breakGlassId', v_begun.break_glass_id), NULL, NULL, p_event_id, p_salts);

  RETURN jsonb_build_object('code', NULL, 'tenantId', v_approval.tenant_id, 'runId', v_approval.run_id);
END
$$;

-- As in 20261122000800_hot_path: functions keep their plans. Replacing one forgets that.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname IN (
      'own_roles', 'lent_roles', 'voting_roles', 'counted_roles', 'acting_for', 'approval_read_of', 'why_no_break_glass')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END
$$;
