-- What one flush of location points means for the activities it touched. `pp_ingest` has inserted the points of many gyms' streams
-- in this transaction, all with `received_at` = p_at, and may do nothing else: this brings the live figures up to date, keeps the
-- estimate of the device's clock, and tells who waits. It runs as the worker, inside each gym in turn, so row-level security holds.
--
-- An activity that was deleted takes no points ('gone'), one that somebody holds locked takes them later ('busy'): its points are
-- taken out again before the flush commits. So a slow summary holds up nobody else, and no point outlives its activity. A finished
-- one that was sealed at or after p_at is 'busy' too, for what came after its seal is told by `received_at` > `sealed_at`.
--
-- One entry an activity: p_sent points whose time is within p_first..p_last, the position of the newest; p_base is the live row's
-- last moment that p_metres and p_moving (seconds) come on top of, so that they never count twice what another way brought in;
-- p_told points are stored and not told of yet. With p_durable they are told of by an event that a finished activity has anyway.
-- Points outside of what a finished activity was cut to are taken out again and named in `cut_off`.
DROP FUNCTION IF EXISTS pp_points_ingested;
CREATE FUNCTION pp_points_ingested(
  p_at timestamptz, p_correlation text, p_tenants uuid[], p_activities uuid[], p_sent int[], p_first timestamptz[],
  p_last timestamptz[], p_lat float8[], p_lon float8[], p_speed real[], p_heart_rate smallint[], p_base timestamptz[],
  p_metres float8[], p_moving float8[], p_shift int8[], p_told int[], p_durable boolean[], p_notify boolean[], p_events uuid[]
) RETURNS TABLE (
  place int, state text, stored int, fresh timestamptz[], emitted boolean, sealed_at timestamptz, points int,
  distance_m float8, moving_s float8, last_ts timestamptz, cut_off timestamptz[]
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_tenant uuid;
  v_row record;
  v_tenants uuid[] := '{}';
  v_events uuid[] := '{}';
BEGIN
  -- In one order everywhere, so that two flushes never wait for each other.
  FOR v_tenant IN SELECT DISTINCT unnest(p_tenants) ORDER BY 1 LOOP
    PERFORM set_config('app.tenant_id', v_tenant::text, true);
    FOR v_row IN
      WITH given AS MATERIALIZED (
        SELECT * FROM unnest(p_tenants, p_activities, p_sent, p_first, p_last, p_lat, p_lon, p_speed, p_heart_rate, p_base,
                             p_metres, p_moving, p_shift, p_told, p_durable, p_notify, p_events)
                      WITH ORDINALITY AS g (tenant, activity, sent, begins, ends, lat, lon, speed, heart_rate, base, metres,
                                            moving, shift, told, durable, notify, event, place)
         WHERE g.tenant = v_tenant),
      held AS MATERIALIZED (
        SELECT a.id, a.status, a.sealed_at, a.clock_shift_ms, a.kept_from, a.kept_until FROM activities a
         WHERE a.tenant_id = v_tenant AND a.id = ANY (p_activities)
         ORDER BY a.id FOR KEY SHARE SKIP LOCKED),
      judged AS MATERIALIZED (
        SELECT g.*, h.sealed_at, h.clock_shift_ms, h.kept_from, h.kept_until,
               CASE WHEN h.id IS NULL AND EXISTS (SELECT FROM activities a WHERE a.tenant_id = v_tenant AND a.id = g.activity)
                    THEN 'busy'
                    WHEN h.id IS NULL THEN 'gone'
                    WHEN h.status = 'finished' AND g.sent > 0 AND h.sealed_at >= p_at THEN 'busy'
                    ELSE h.status END AS state,
               coalesce((SELECT count(*) FROM activity_points p
                          WHERE g.sent > 0 AND p.tenant_id = v_tenant AND p.activity_id = g.activity
                            AND p.device_ts BETWEEN g.begins AND g.ends AND p.received_at = p_at), 0)::int AS stored
          FROM given g LEFT JOIN held h ON h.id = g.activity),
      put AS (
        INSERT INTO activity_live AS l (tenant_id, id, last_ts, lat, lon, speed, heart_rate, distance_m, moving_s, points, updated_at)
          SELECT v_tenant, j.activity, j.ends, j.lat, j.lon, j.speed, j.heart_rate, j.metres, j.moving, j.stored, p_at
            FROM judged j WHERE j.state IN ('live', 'paused') AND j.stored > 0 ORDER BY j.activity
        ON CONFLICT (tenant_id, id) DO UPDATE SET
          last_ts = greatest(l.last_ts, excluded.last_ts),
          lat = CASE WHEN excluded.last_ts >= l.last_ts THEN excluded.lat ELSE l.lat END,
          lon = CASE WHEN excluded.last_ts >= l.last_ts THEN excluded.lon ELSE l.lon END,
          speed = CASE WHEN excluded.last_ts >= l.last_ts THEN excluded.speed ELSE l.speed END,
          heart_rate = CASE WHEN excluded.last_ts >= l.last_ts THEN excluded.heart_rate ELSE l.heart_rate END,
          distance_m = l.distance_m + CASE WHEN l.last_ts = (SELECT g.base FROM given g WHERE g.activity = l.id)
                                           THEN excluded.distance_m ELSE 0 END,
          moving_s = l.moving_s + CASE WHEN l.last_ts = (SELECT g.base FROM given g WHERE g.activity = l.id)
                                       THEN excluded.moving_s ELSE 0 END,
          points = l.points + excluded.points,
          updated_at = excluded.updated_at
        RETURNING l.id, l.points, l.distance_m, l.moving_s, l.last_ts)
      SELECT j.*, f.points, f.distance_m, f.moving_s, f.last_ts FROM judged j LEFT JOIN put f ON f.id = j.activity
    LOOP
      place := v_row.place;
      state := v_row.state;
      stored := v_row.stored;
      emitted := false;
      sealed_at := v_row.sealed_at;
      points := v_row.points;
      distance_m := v_row.distance_m;
      moving_s := v_row.moving_s;
      last_ts := v_row.last_ts;
      fresh := NULL;
      cut_off := NULL;
      -- What follows is rare, and would cost every flush something as a part of the statement above.
      IF state IN ('busy', 'gone') THEN
        IF stored > 0 THEN
          DELETE FROM activity_points p
           WHERE p.tenant_id = v_tenant AND p.activity_id = v_row.activity
             AND p.device_ts BETWEEN v_row.begins AND v_row.ends AND p.received_at = p_at;
        END IF;
        RETURN NEXT;
        CONTINUE;
      END IF;
      IF state = 'finished' AND stored > 0 AND (v_row.kept_from IS NOT NULL OR v_row.kept_until IS NOT NULL) THEN
        WITH outside AS (
          DELETE FROM activity_points p
           WHERE p.tenant_id = v_tenant AND p.activity_id = v_row.activity
             AND p.device_ts BETWEEN v_row.begins AND v_row.ends AND p.received_at = p_at
             AND (p.device_ts < v_row.kept_from OR p.device_ts > v_row.kept_until)
          RETURNING p.device_ts)
        SELECT array_agg(o.device_ts) INTO cut_off FROM outside o;
        stored := stored - coalesce(cardinality(cut_off), 0);
      END IF;
      IF stored < v_row.sent THEN
        -- Which of them were there before.
        fresh := ARRAY(SELECT p.device_ts FROM activity_points p
                        WHERE p.tenant_id = v_tenant AND p.activity_id = v_row.activity
                          AND p.device_ts BETWEEN v_row.begins AND v_row.ends AND p.received_at = p_at);
      END IF;
      IF state <> 'finished' AND stored = 0 AND (v_row.metres > 0 OR v_row.moving > 0) THEN
        UPDATE activity_live l SET distance_m = l.distance_m + v_row.metres, moving_s = l.moving_s + v_row.moving
         WHERE l.tenant_id = v_tenant AND l.id = v_row.activity AND l.last_ts = v_row.base
        RETURNING l.points, l.distance_m, l.moving_s, l.last_ts INTO points, distance_m, moving_s, last_ts;
      END IF;
      IF state <> 'finished' AND v_row.shift <> v_row.clock_shift_ms THEN
        UPDATE activities a SET clock_shift_ms = v_row.shift WHERE a.tenant_id = v_tenant AND a.id = v_row.activity;
      END IF;
      IF v_row.told + stored > 0 AND (v_row.durable OR (state = 'finished' AND stored > 0)) THEN
        INSERT INTO outbox (tenant_id, id, name, payload, correlation_id, occurred_at)
          VALUES (v_tenant, v_row.event, 'tracking.point.ingested',
                  jsonb_build_object('activity_id', v_row.activity, 'count', v_row.told + stored), p_correlation, p_at);
        emitted := true;
        v_tenants := v_tenants || v_tenant;
        v_events := v_events || v_row.event;
      END IF;
      IF v_row.notify THEN
        PERFORM pg_notify('pp_live', concat_ws(' ', v_tenant, 'tracking.point.ingested', v_row.activity));
      END IF;
      RETURN NEXT;
    END LOOP;
  END LOOP;
  IF cardinality(v_events) > 0 THEN
    PERFORM jobs.pp_defer(v_tenants, v_events);
  END IF;
  PERFORM set_config('app.tenant_id', '', true);
END $$;
GRANT CREATE ON SCHEMA public TO pp_worker;
ALTER FUNCTION pp_points_ingested OWNER TO pp_worker;
REVOKE CREATE ON SCHEMA public FROM pp_worker;
REVOKE ALL ON FUNCTION pp_points_ingested FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pp_points_ingested TO pp_ingest;
