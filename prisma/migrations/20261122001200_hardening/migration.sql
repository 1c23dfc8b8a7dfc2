-- Functions that run with their owner's rights look in pg_temp last. A search path that does not name it has it
-- first, for types too: whoever may make a temporary domain called "text" would have its check run as the owner.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, public, pg_temp', v_function);
  END LOOP;
END
$$;
