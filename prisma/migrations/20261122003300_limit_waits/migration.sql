-- As in 20261122001300_call_rules, but nobody waits for a slot while they hold another. A slot that was used up in the
-- moment it was locked stays locked to the end of the transaction; two who held one each and waited for the other's were a
-- deadlock. Whoever finds all that is left in other hands now looks again, and after a while begins anew.
CREATE OR REPLACE FUNCTION take_limit(
  p_tenant_id text, p_scope text, p_run_id text, p_window timestamptz, p_limit bigint, p_count bigint
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  v_slot int;
  v_left bigint;
  v_until timestamptz := clock_timestamp() + interval '250 milliseconds';
BEGIN
  IF p_count > p_limit THEN RETURN false; END IF;

  IF p_count = 1 THEN
    SELECT slot INTO v_slot FROM limit_slot
    WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND total = p_limit AND used < cap
    ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED;

    IF NOT FOUND THEN
      -- What is used is never given back within its window, so that what is committed is reason enough to refuse.
      IF (SELECT sum(used) >= p_limit AND bool_and(total = p_limit) FROM limit_slot
          WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window) THEN
        RETURN false;
      END IF;
      -- All slots are locked only to be shared out anew: who comes while the first makes them takes one as ever.
      PERFORM open_limit(p_tenant_id, p_scope, p_run_id, p_window, p_limit);
      IF NOT EXISTS (SELECT FROM limit_slot
          WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND total = p_limit) THEN
        PERFORM lock_limit(p_tenant_id, p_scope, p_run_id, p_window, p_limit);
      END IF;
      LOOP
        SELECT slot INTO v_slot FROM limit_slot
        WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND total = p_limit AND used < cap
        ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED;
        EXIT WHEN FOUND;
        IF (SELECT sum(used) >= p_limit AND bool_and(total = p_limit) FROM limit_slot
            WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window) THEN
          RETURN false;
        END IF;
        IF clock_timestamp() > v_until THEN
          RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'others hold what is left of a limit';
        END IF;
        PERFORM pg_sleep(0.002);
      END LOOP;
    END IF;

    UPDATE limit_slot SET used = used + 1
    WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND slot = v_slot;
    RETURN true;
  END IF;

  IF lock_limit(p_tenant_id, p_scope, p_run_id, p_window, p_limit) + p_count > p_limit THEN RETURN false; END IF;
  FOR v_slot, v_left IN
    SELECT slot, cap - used FROM limit_slot
    WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND used < cap ORDER BY slot
  LOOP
    UPDATE limit_slot SET used = used + least(v_left, p_count)
    WHERE tenant_id = p_tenant_id AND scope = p_scope AND window_start = p_window AND slot = v_slot;
    p_count := p_count - least(v_left, p_count);
    EXIT WHEN p_count = 0;
  END LOOP;
  RETURN true;
END
$$;

-- As in 20261122000800_hot_path: functions keep their plans. Replacing one forgets that.
ALTER FUNCTION take_limit(text, text, text, timestamptz, bigint, bigint) SET plan_cache_mode = force_generic_plan;
