-- The link behind a token's digest. Nobody can ask for one that they do not hold.
GRANT SELECT (tenant_id, id, digest) ON live_shares TO pp_lookup;
DROP FUNCTION IF EXISTS pp_shared_activity;
CREATE FUNCTION pp_shared_activity(p_digest text)
RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('public');
  RETURN QUERY SELECT s.tenant_id, s.id FROM live_shares s WHERE s.digest = p_digest;
END $$;
ALTER FUNCTION pp_shared_activity(text) OWNER TO pp_lookup;

-- The box of a way: PostGIS's type where that is installed, PostgreSQL's own elsewhere. Whatever it is, `&&` says whether two
-- touch, and one GiST index by gym finds them; what is written below is the same for both. Whoever installs PostGIS later
-- gets it with the next upgrade.
CREATE EXTENSION IF NOT EXISTS btree_gist;
DO $$
DECLARE
  v_postgis boolean := EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis');
  v_type text := CASE WHEN v_postgis THEN 'geometry' ELSE 'box' END;
BEGIN
  IF v_type IS DISTINCT FROM (SELECT format_type(p.prorettype, NULL) FROM pg_proc p WHERE p.oid = to_regproc('pp_extent')) THEN
    -- With the index that is made of it.
    DROP FUNCTION IF EXISTS pp_extent(float8, float8, float8, float8) CASCADE;
    EXECUTE format(
      'CREATE FUNCTION pp_extent(p_south float8, p_west float8, p_north float8, p_east float8) RETURNS %s'
      ' LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L', v_type,
      CASE WHEN v_postgis THEN 'SELECT ST_MakeEnvelope(p_west, p_south, p_east, p_north, 4326)'
           ELSE 'SELECT box(point(p_west, p_south), point(p_east, p_north))' END);
  END IF;
END $$;
CREATE INDEX IF NOT EXISTS ix_activities_extent ON activities USING gist (tenant_id, pp_extent(south, west, north, east))
 WHERE south IS NOT NULL;

-- Finished activities of the gym of the setting whose box touches one, newest first. `&&` is not leakproof and would lose its
-- index under row-level security, so this looks past it and keeps to the gym itself.
GRANT SELECT (tenant_id, id, person_id, sport, status, started_at, south, west, north, east) ON activities TO pp_lookup;
DROP FUNCTION IF EXISTS pp_activities_in_box;
CREATE FUNCTION pp_activities_in_box(p_south float8, p_west float8, p_north float8, p_east float8, p_sport text, p_person uuid,
                                     p_before_at timestamptz, p_before_id uuid, p_limit int)
RETURNS TABLE (id uuid, person_id uuid, sport text, started_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_tenant uuid := current_setting('app.tenant_id')::uuid;
BEGIN
  RETURN QUERY SELECT a.id, a.person_id, a.sport, a.started_at FROM activities a
   WHERE a.tenant_id = v_tenant AND a.south IS NOT NULL AND a.status = 'finished'
     AND pp_extent(a.south, a.west, a.north, a.east) && pp_extent(p_south, p_west, p_north, p_east)
     AND (p_sport IS NULL OR a.sport = p_sport) AND (p_person IS NULL OR a.person_id = p_person)
     AND (p_before_at IS NULL OR (a.started_at, a.id) < (p_before_at, p_before_id))
   ORDER BY a.started_at DESC, a.id DESC LIMIT p_limit;
END $$;
ALTER FUNCTION pp_activities_in_box(float8, float8, float8, float8, text, uuid, timestamptz, uuid, int) OWNER TO pp_lookup;
