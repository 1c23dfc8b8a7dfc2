-- Uses of a grant are counted as limits are, in a window that never ends: they stay however often the policy that holds
-- the grant is published again, and no clock gives them back.

-- As in 20261122001300_call_rules, with limits of the kind `uses`: `count` is taken, whatever the run and the time.
CREATE OR REPLACE FUNCTION hold_to_limits(p_tenant_id text, p_limits jsonb, p_opened_at timestamptz, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  -- What does not come back in this run is not worth asking for again today.
  v_never CONSTANT double precision := 86400;
  v_limit record;
  v_window timestamptz;
BEGIN
  FOR v_limit IN
    SELECT * FROM jsonb_to_recordset(p_limits) AS l(
      name text, kind text, scope text, "limit" bigint, count bigint, "windowSeconds" int, "runId" text)
  LOOP
    IF v_limit.kind = 'time' THEN
      IF p_now >= p_opened_at + make_interval(secs => v_limit."limit") THEN
        PERFORM refuse_over_limit(v_limit.name, v_limit."limit", v_never);
      END IF;
    ELSIF v_limit.kind = 'sum' THEN
      IF (SELECT sum(used) >= v_limit."limit" FROM limit_slot
          WHERE tenant_id = p_tenant_id AND scope = v_limit.scope AND window_start = p_opened_at) THEN
        PERFORM refuse_over_limit(v_limit.name, v_limit."limit", v_never);
      END IF;
    ELSE
      v_window := CASE WHEN v_limit.kind = 'uses' THEN 'infinity'::timestamptz
        WHEN v_limit."windowSeconds" IS NULL THEN p_opened_at
        ELSE date_bin(make_interval(secs => v_limit."windowSeconds"), p_now, 'epoch'::timestamptz) END;
      IF NOT take_limit(
        p_tenant_id, v_limit.scope, v_limit."runId", v_window, v_limit."limit", v_limit.count) THEN
        PERFORM refuse_over_limit(
          v_limit.name, v_limit."limit", CASE WHEN v_limit."windowSeconds" IS NULL THEN v_never
            ELSE extract(epoch FROM v_window + make_interval(secs => v_limit."windowSeconds") - p_now) END);
      END IF;
    END IF;
  END LOOP;
END
$$;

-- Replacing a function forgets that it keeps its plans.
ALTER FUNCTION hold_to_limits(text, jsonb, timestamptz, timestamptz) SET plan_cache_mode = force_generic_plan;
