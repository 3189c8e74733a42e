-- The tracker behind an address, by its token's digest, with what may stand against taking points by it.
GRANT SELECT (tenant_id, id, person_id, digest, revoked_at) ON trackers TO pp_lookup;
DROP FUNCTION IF EXISTS pp_tracker;
CREATE FUNCTION pp_tracker(p_digest text)
RETURNS TABLE (tenant_id uuid, id uuid, revoked boolean, gym_status text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('system');
  RETURN QUERY SELECT r.tenant_id, r.id, r.revoked_at IS NOT NULL OR p.status <> 'active', t.status
    FROM trackers r JOIN people p ON p.tenant_id = r.tenant_id AND p.id = r.person_id
                    JOIN tenants t ON t.tenant_id = r.tenant_id
   WHERE r.digest = p_digest;
END $$;
ALTER FUNCTION pp_tracker(text) OWNER TO pp_lookup;

-- The live location that a message of a chat shows, with the activity it is followed as.
GRANT SELECT (tenant_id, id, activity_id, bot, chat, message_id, ends_at, ended_at) ON chat_locations TO pp_lookup;
DROP FUNCTION IF EXISTS pp_chat_location;
CREATE FUNCTION pp_chat_location(p_bot text, p_chat text, p_message bigint)
RETURNS TABLE (tenant_id uuid, id uuid, gym_status text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('system');
  RETURN QUERY SELECT c.tenant_id, c.id, t.status FROM chat_locations c JOIN tenants t ON t.tenant_id = c.tenant_id
   WHERE c.bot = p_bot AND c.chat = p_chat AND c.message_id = p_message ORDER BY c.id LIMIT 1;
END $$;
ALTER FUNCTION pp_chat_location(text, text, bigint) OWNER TO pp_lookup;

-- Live locations of all gyms whose time ran out.
DROP FUNCTION IF EXISTS pp_due_chat_locations;
CREATE FUNCTION pp_due_chat_locations(p_before timestamptz, p_limit int)
RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('system');
  RETURN QUERY SELECT c.tenant_id, c.id FROM chat_locations c
   WHERE c.ended_at IS NULL AND c.ends_at < p_before ORDER BY c.ends_at LIMIT p_limit;
END $$;
ALTER FUNCTION pp_due_chat_locations(timestamptz, int) OWNER TO pp_lookup;
