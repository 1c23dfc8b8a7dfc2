-- What the page of a change had on screen, by whom it was read, and votes that rest on it.

-- CreateTable
CREATE TABLE "approval_view" (
    "tenant_id" TEXT NOT NULL,
    "approval_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "change_hash" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "visible_ms" INTEGER NOT NULL,
    "hunks_shown" INTEGER NOT NULL,
    "hunks_total" INTEGER NOT NULL,
    "complete_at" TIMESTAMPTZ(3),

    CONSTRAINT "approval_view_pkey" PRIMARY KEY ("tenant_id","approval_id","person_id","change_hash"),
    CONSTRAINT "approval_view_numbers" CHECK (
        "visible_ms" BETWEEN 0 AND 14400000 AND "hunks_shown" BETWEEN 0 AND "hunks_total")
);

-- CreateIndex
CREATE INDEX "approval_view_last_seen_at_idx" ON "approval_view"("last_seen_at");

-- AddForeignKey
ALTER TABLE "approval_view" ADD CONSTRAINT "approval_view_tenant_id_approval_id_fkey" FOREIGN KEY ("tenant_id", "approval_id") REFERENCES "approval"("tenant_id", "approval_id") ON DELETE RESTRICT ON UPDATE CASCADE;

SELECT isolate_tenant_table('approval_view');
GRANT SELECT, INSERT, UPDATE, DELETE ON "approval_view" TO deltaseal_app;

-- As in 20261122000900_jobs: whose rows are due, answered with one tenant's id.
CREATE POLICY lookup_due ON "approval_view" FOR SELECT TO CURRENT_USER
  USING (current_setting('app.lookup', true) = 'due');

-- The tenant of what was shown first, at least ninety days ago, or null.
CREATE FUNCTION tenant_of_oldest_view()
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_tenant text;
BEGIN
  PERFORM set_config('app.lookup', 'due', true);
  v_tenant := (
    SELECT v.tenant_id FROM public.approval_view v
    WHERE v.last_seen_at <= now() - interval '90 days' ORDER BY v.last_seen_at LIMIT 1);
  PERFORM set_config('app.lookup', '', true);

  RETURN v_tenant;
END
$$;

REVOKE ALL ON FUNCTION tenant_of_oldest_view() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_of_oldest_view() TO deltaseal_app;

-- What a person's page had on screen of a change so far. The same report twice is one; no number ever falls; nothing
-- counts that comes after the person's vote, and nothing is kept about what they can no longer decide on. Time is
-- milliseconds, at most four hours and never more than went by. Codes: unauthenticated, not_found, hash_mismatch; null
-- with "isKept".
CREATE FUNCTION record_view(
  p_session_id text, p_approval_id text, p_change_hash text, p_visible_ms int, p_shown int, p_total int,
  p_is_complete boolean
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_approval approval;
  v_voted_at timestamptz;
  v_until timestamptz := clock_timestamp();
  v_ms int := least(p_visible_ms, 14400000);
BEGIN
  IF v_person IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  SELECT * INTO v_approval FROM approval WHERE approval_id = p_approval_id;
  IF NOT FOUND THEN RETURN '{"code": "not_found"}'; END IF;
  PERFORM set_config('app.tenant', v_approval.tenant_id, true);
  IF v_approval.change_hash <> p_change_hash THEN RETURN '{"code": "hash_mismatch"}'; END IF;

  SELECT voted_at INTO v_voted_at FROM vote
  WHERE tenant_id = v_approval.tenant_id AND approval_id = p_approval_id AND person_id = v_person ->> 'personId';
  IF v_voted_at IS NULL AND approval_status_now(v_approval) <> 'pending' THEN
    RETURN '{"code": null, "isKept": false}';
  END IF;
  v_until := coalesce(v_voted_at, v_until);

  INSERT INTO approval_view AS seen (
    tenant_id, approval_id, person_id, change_hash, first_seen_at, last_seen_at, visible_ms, hunks_shown, hunks_total,
    complete_at)
  VALUES (
    v_approval.tenant_id, p_approval_id, v_person ->> 'personId', p_change_hash,
    v_until - make_interval(secs => v_ms / 1000.0), v_until, v_ms, p_shown, p_total,
    CASE WHEN p_is_complete AND v_voted_at IS NULL THEN v_until END)
  ON CONFLICT (tenant_id, approval_id, person_id, change_hash) DO UPDATE SET
    last_seen_at = greatest(seen.last_seen_at, excluded.last_seen_at),
    visible_ms = greatest(seen.visible_ms, least(
      excluded.visible_ms, ceil(extract(epoch FROM v_until - seen.first_seen_at) * 1000)::int)),
    hunks_shown = CASE WHEN v_voted_at IS NULL
      THEN greatest(least(seen.hunks_shown, excluded.hunks_total), excluded.hunks_shown) ELSE seen.hunks_shown END,
    hunks_total = CASE WHEN v_voted_at IS NULL THEN excluded.hunks_total ELSE seen.hunks_total END,
    complete_at = coalesce(seen.complete_at, excluded.complete_at);

  RETURN '{"code": null, "isKept": true}';
END
$$;

-- A vote as cast_vote casts it, and an approving one only if all of that very change was on this person's screen. Codes:
-- those of cast_vote, and not_shown; null with the approval's "status".
CREATE FUNCTION vote_when_shown(
  p_session_id text, p_approval_id text, p_decision text, p_change_hash text, p_reason text,
  p_event_id text, p_salts text[]
)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_person jsonb := bind_session(p_session_id);
  v_answer jsonb;
BEGIN
  v_answer := cast_vote(p_session_id, p_approval_id, p_decision, p_change_hash, p_reason, p_event_id, p_salts);
  IF v_answer ->> 'code' IS NULL AND p_decision = 'approve' AND NOT EXISTS (
    SELECT FROM approval_view
    WHERE tenant_id = v_answer ->> 'tenantId' AND approval_id = p_approval_id
      AND person_id = v_person ->> 'personId' AND change_hash = p_change_hash AND complete_at IS NOT NULL
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'DS409', MESSAGE = 'not_shown';
  END IF;

  RETURN v_answer || jsonb_build_object('status', (
    SELECT status FROM approval WHERE tenant_id = v_answer ->> 'tenantId' AND approval_id = p_approval_id));
EXCEPTION WHEN SQLSTATE 'DS409' THEN
  RETURN jsonb_build_object('code', 'not_shown', 'tenantId', v_answer ->> 'tenantId');
END
$$;

-- Several votes of one person, in one or several tenants: all of them or none. p_votes: [{approvalId, changeHash,
-- decision, reason}]; event ids one each, salts four each. Codes: unauthenticated; batch_refused when one of them is, with
-- "results" of all of them; null with "results". Rows are locked tenant after tenant, runs before approvals, each in the
-- order of their ids, as everybody does who locks several.
CREATE FUNCTION vote_together(p_session_id text, p_votes jsonb, p_event_ids text[], p_salts text[])
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_ids text[] := ARRAY(SELECT v ->> 'approvalId' FROM jsonb_array_elements(p_votes) AS v);
  v_tenant text;
  v_vote record;
  v_answer jsonb;
  v_results jsonb := '[]';
  v_is_refused boolean := false;
BEGIN
  IF bind_session(p_session_id) IS NULL THEN RETURN '{"code": "unauthenticated"}'; END IF;
  FOR v_tenant IN SELECT DISTINCT tenant_id FROM approval WHERE approval_id = ANY (v_ids) ORDER BY tenant_id LOOP
    PERFORM set_config('app.tenant', v_tenant, true);
    PERFORM FROM run WHERE tenant_id = v_tenant AND run_id = ANY (ARRAY(
      SELECT run_id FROM approval WHERE tenant_id = v_tenant AND approval_id = ANY (v_ids)))
    ORDER BY run_id FOR SHARE;
    PERFORM FROM approval WHERE tenant_id = v_tenant AND approval_id = ANY (v_ids) ORDER BY approval_id FOR UPDATE;
  END LOOP;

  BEGIN
    FOR v_vote IN
      SELECT given.vote, given.place FROM jsonb_array_elements(p_votes) WITH ORDINALITY AS given (vote, place)
      LEFT JOIN approval a ON a.approval_id = given.vote ->> 'approvalId'
      ORDER BY a.tenant_id, a.approval_id
    LOOP
      v_answer := vote_when_shown(
        p_session_id, v_vote.vote ->> 'approvalId', v_vote.vote ->> 'decision', v_vote.vote ->> 'changeHash',
        v_vote.vote ->> 'reason', p_event_ids[v_vote.place], p_salts[4 * v_vote.place - 3 : 4 * v_vote.place]);
      v_is_refused := v_is_refused OR v_answer ->> 'code' IS NOT NULL;
      v_results := v_results || (v_answer || jsonb_build_object('approvalId', v_vote.vote ->> 'approvalId'));
    END LOOP;
    IF v_is_refused THEN RAISE EXCEPTION USING ERRCODE = 'DS409', MESSAGE = 'batch_refused'; END IF;
  EXCEPTION WHEN SQLSTATE 'DS409' THEN
    RETURN jsonb_build_object('code', 'batch_refused', 'results', v_results);
  END;

  RETURN jsonb_build_object('code', NULL, 'results', v_results);
END
$$;

-- As in 20261122000800_hot_path: functions keep their plans.
ALTER FUNCTION record_view(text, text, text, int, int, int, boolean) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION vote_when_shown(text, text, text, text, text, text, text[]) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION vote_together(text, jsonb, text[], text[]) SET plan_cache_mode = force_generic_plan;
