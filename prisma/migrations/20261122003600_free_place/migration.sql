-- A free place for one more open approval, in the range that the limit leaves; null when all are taken. A few places are
-- tried by chance before all are gone over: there may be a million of them, and mostly nearly all are free.
CREATE OR REPLACE FUNCTION free_place(p_tenant_id text, p_limit int)
RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
  v_beyond int;
  v_place int;
BEGIN
  -- The limit was higher when these were asked for: until they are gone, one caller at a time counts them.
  SELECT count(*) INTO v_beyond FROM approval
  WHERE tenant_id = p_tenant_id AND place > p_limit AND status IN ('pending', 'approved');
  IF v_beyond > 0 THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('deltaseal/place/' || p_tenant_id, 0));
    IF (SELECT count(*) >= p_limit FROM approval
        WHERE tenant_id = p_tenant_id AND place IS NOT NULL AND status IN ('pending', 'approved')) THEN
      RETURN NULL;
    END IF;
  END IF;

  FOR v_try IN 1..least(4, p_limit) LOOP
    v_place := floor(random() * p_limit)::int + 1;
    IF NOT EXISTS (
      SELECT FROM approval WHERE tenant_id = p_tenant_id AND place = v_place AND status IN ('pending', 'approved')
    ) THEN
      RETURN v_place;
    END IF;
  END LOOP;

  SELECT place INTO v_place FROM generate_series(1, p_limit) AS place
  WHERE NOT EXISTS (
    SELECT FROM approval a
    WHERE a.tenant_id = p_tenant_id AND a.place = place.place AND a.status IN ('pending', 'approved'))
  ORDER BY random() LIMIT 1;

  RETURN v_place;
END
$$;

-- As in 20261122000800_hot_path: functions keep their plans.
ALTER FUNCTION free_place(text, int) SET plan_cache_mode = force_generic_plan;
