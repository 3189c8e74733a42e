-- Summarised activities of all gyms whose tiles nobody worked out yet, newest first: those from before there were any.
GRANT SELECT (tenant_id, id, started_at, south, tiles) ON activities TO pp_lookup;
DROP FUNCTION IF EXISTS pp_untiled_activities;
CREATE FUNCTION pp_untiled_activities(p_limit int)
RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('system');
  RETURN QUERY SELECT a.tenant_id, a.id FROM activities a
   WHERE a.tiles IS NULL AND a.south IS NOT NULL ORDER BY a.started_at DESC LIMIT p_limit;
END $$;
ALTER FUNCTION pp_untiled_activities(int) OWNER TO pp_lookup;
