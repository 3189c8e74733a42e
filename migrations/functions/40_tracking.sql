-- Points live in monthly partitions, made ahead and dropped whole. Only the owner of a table can do either, so these two run
-- as it, on nothing but `activity_points`, for the worker alone.

DROP FUNCTION IF EXISTS pp_make_point_partitions;
CREATE FUNCTION pp_make_point_partitions(p_from date, p_to date) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_month timestamptz := date_trunc('month', p_from::timestamp) AT TIME ZONE 'UTC';
  v_name text;
  v_made int := 0;
BEGIN
  WHILE v_month <= p_to::timestamp AT TIME ZONE 'UTC' LOOP
    v_name := 'activity_points_' || to_char(v_month AT TIME ZONE 'UTC', 'YYYY_MM');
    IF to_regclass(v_name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF activity_points FOR VALUES FROM (%L) TO (%L)', v_name,
                     v_month, (v_month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
      -- Past its parent a partition would be read without any policy: it has its own.
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_name);
      EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', v_name);
      EXECUTE format('CREATE POLICY %I ON %I USING (tenant_id = current_setting(''app.tenant_id'')::uuid)'
                     ' WITH CHECK (tenant_id = current_setting(''app.tenant_id'')::uuid)', v_name || '_tenant', v_name);
      v_made := v_made + 1;
    END IF;
    v_month := (v_month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
  END LOOP;
  RETURN v_made;
END $$;
REVOKE ALL ON FUNCTION pp_make_point_partitions(date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pp_make_point_partitions(date, date) TO pp_worker;

-- The first activity with a point in a span of time that its stream does not hold yet.
GRANT SELECT (tenant_id, id, sealed_at) ON activities TO pp_lookup;
GRANT SELECT (tenant_id, activity_id, device_ts, received_at) ON activity_points TO pp_lookup;
DROP FUNCTION IF EXISTS pp_unsealed_points;
CREATE FUNCTION pp_unsealed_points(p_from timestamptz, p_to timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('system');
  RETURN EXISTS (
    SELECT FROM activity_points p JOIN activities a ON a.tenant_id = p.tenant_id AND a.id = p.activity_id
     WHERE p.device_ts >= p_from AND p.device_ts < p_to AND (a.sealed_at IS NULL OR p.received_at > a.sealed_at));
END $$;
ALTER FUNCTION pp_unsealed_points(timestamptz, timestamptz) OWNER TO pp_lookup;

-- Drop the partitions that end before a day and whose points all stand in streams; returns their names.
DROP FUNCTION IF EXISTS pp_drop_point_partitions;
CREATE FUNCTION pp_drop_point_partitions(p_before date) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_part record;
  v_dropped text[] := '{}';
BEGIN
  FOR v_part IN
    SELECT c.relname::text AS name, to_date(right(c.relname, 7), 'YYYY_MM') AS month
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'activity_points'::regclass ORDER BY 1
  LOOP
    CONTINUE WHEN (v_part.month + interval '1 month')::date > p_before;
    CONTINUE WHEN pp_unsealed_points(v_part.month::timestamp AT TIME ZONE 'UTC',
                                     (v_part.month + interval '1 month') AT TIME ZONE 'UTC');
    EXECUTE format('DROP TABLE %I', v_part.name);
    v_dropped := v_dropped || v_part.name;
  END LOOP;
  RETURN v_dropped;
END $$;
REVOKE ALL ON FUNCTION pp_drop_point_partitions(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pp_drop_point_partitions(date) TO pp_worker;

SELECT pp_make_point_partitions((now() - interval '2 months')::date, (now() + interval '2 months')::date);

-- Activities of all gyms that nobody sends points for any more: the last point came before p_quiet, or there is none (or they
-- are paused) since before p_silent.
GRANT SELECT (status, started_at, paused_at) ON activities TO pp_lookup;
GRANT SELECT (tenant_id, id, updated_at) ON activity_live TO pp_lookup;
DROP FUNCTION IF EXISTS pp_forgotten_activities;
CREATE FUNCTION pp_forgotten_activities(p_quiet timestamptz, p_silent timestamptz, p_limit int)
RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('system');
  RETURN QUERY SELECT a.tenant_id, a.id
    FROM activities a LEFT JOIN activity_live l ON l.tenant_id = a.tenant_id AND l.id = a.id
   WHERE a.status <> 'finished'
     AND CASE WHEN a.status = 'live' AND l.updated_at IS NOT NULL THEN l.updated_at < p_quiet
              ELSE greatest(a.started_at, a.paused_at, l.updated_at) < p_silent END
   ORDER BY a.started_at LIMIT p_limit;
END $$;
ALTER FUNCTION pp_forgotten_activities(timestamptz, timestamptz, int) OWNER TO pp_lookup;
