-- Functions that run with their owner's rights are for the application; PostgreSQL lets everybody call a new one, `pp_ingest` too.
-- Those that a file above gave to one role alone have no grant for everybody any more and stay as they are.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.prosecdef AND n.nspname IN ('public', 'jobs') AND pg_get_userbyid(p.proowner) LIKE 'pp\_%'
       AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                    WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO pp_app', v_function);
  END LOOP;
END $$;
