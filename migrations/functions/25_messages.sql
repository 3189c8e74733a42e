-- Looks past row-level security for messages. Each is owned by pp_lookup, has a fixed search_path, and takes the gym from the
-- setting.

-- How the gym of the setting reaches a phone unasked: since when it wants nothing, from this gym or (the nil gym's row) from
-- anybody here; and the chat of its owner, only of the gym's own people: at the gym's own bot, else at one that is no gym's.
DROP FUNCTION IF EXISTS pp_reach;
CREATE FUNCTION pp_reach(p_phone text)
RETURNS TABLE (opted_out_since timestamptz, bot text, chat text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_tenant uuid := current_setting('app.tenant_id')::uuid;
BEGIN
  SELECT min(o.since) INTO opted_out_since FROM opt_outs o
   WHERE o.tenant_id IN (v_tenant, '00000000-0000-0000-0000-000000000000') AND o.phone = p_phone AND o.ended_at IS NULL;
  SELECT l.address, l.chat INTO bot, chat
    FROM chat_links l LEFT JOIN channels c ON c.kind = l.channel AND c.address = l.address
   WHERE l.channel = 'telegram' AND l.phone = p_phone AND l.unlinked_at IS NULL
     AND (c.tenant_id IS NULL OR c.tenant_id = v_tenant)
     AND EXISTS (SELECT FROM people p WHERE p.tenant_id = v_tenant AND p.phone = p_phone AND p.status = 'active')
   ORDER BY c.tenant_id IS NULL, l.linked_at DESC LIMIT 1;
  RETURN NEXT;
END $$;
ALTER FUNCTION pp_reach(text) OWNER TO pp_lookup;

-- The opt-outs that hold in the gym of the setting: its own, and of the nil gym's those of its own people.
DROP FUNCTION IF EXISTS pp_opt_outs;
CREATE FUNCTION pp_opt_outs(p_after uuid, p_limit integer)
RETURNS TABLE (id uuid, phone text, names text[], source text, since timestamptz, everywhere boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_tenant uuid := current_setting('app.tenant_id')::uuid;
  v_platform constant uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
  RETURN QUERY SELECT o.id, o.phone,
         ARRAY(SELECT p.name FROM people p WHERE p.tenant_id = v_tenant AND p.phone = o.phone AND p.status = 'active'
                ORDER BY p.name, p.id LIMIT 20),
         o.source, o.since, o.tenant_id = v_platform
    FROM opt_outs o
   WHERE o.ended_at IS NULL AND (p_after IS NULL OR o.id < p_after)
     AND (o.tenant_id = v_tenant OR (o.tenant_id = v_platform AND EXISTS (
           SELECT FROM people p WHERE p.tenant_id = v_tenant AND p.phone = o.phone AND p.status = 'active')))
   ORDER BY o.id DESC LIMIT p_limit;
END $$;
ALTER FUNCTION pp_opt_outs(uuid, integer) OWNER TO pp_lookup;

-- USSD sessions on the codes of the gym of the setting, by day in its time zone and by currency.
DROP FUNCTION IF EXISTS pp_ussd_costs;
CREATE FUNCTION pp_ussd_costs(p_first timestamptz, p_end timestamptz, p_timezone text)
RETURNS TABLE (day date, sessions bigint, cost_minor bigint, currency text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT (u.ended_at AT TIME ZONE p_timezone)::date, count(*), sum(u.cost_minor)::bigint, u.currency
    FROM ussd_sessions u
   WHERE u.tenant_id = current_setting('app.tenant_id')::uuid AND u.ended_at >= p_first AND u.ended_at < p_end
   GROUP BY 1, 4;
END $$;
ALTER FUNCTION pp_ussd_costs(timestamptz, timestamptz, text) OWNER TO pp_lookup;

-- What came in for the gym of the setting, by channel: since p_since and since p_lately, of it what was answered too late for
-- its page, and the last of all. A text belongs to a gym from its answer on.
DROP FUNCTION IF EXISTS pp_incoming;
CREATE FUNCTION pp_incoming(p_since timestamptz, p_lately timestamptz)
RETURNS TABLE (channel text, received bigint, late bigint, received_lately bigint, late_lately bigint, last timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_tenant uuid := current_setting('app.tenant_id')::uuid;
BEGIN
  RETURN QUERY SELECT named.channel, counted.*, newest.at
    FROM unnest(ARRAY['sms', 'ussd', 'telegram']) AS named (channel)
    CROSS JOIN LATERAL (
      SELECT t.received_at AS at FROM incoming_texts t WHERE t.tenant_id = v_tenant AND t.channel = named.channel
       ORDER BY t.received_at DESC LIMIT 1) AS newest
    CROSS JOIN LATERAL (
      SELECT count(*), count(t.followed_up_at), count(*) FILTER (WHERE t.received_at >= p_lately),
             count(t.followed_up_at) FILTER (WHERE t.received_at >= p_lately)
        FROM incoming_texts t
       WHERE t.tenant_id = v_tenant AND t.channel = named.channel AND t.received_at >= p_since) AS counted;
END $$;
ALTER FUNCTION pp_incoming(timestamptz, timestamptz) OWNER TO pp_lookup;

GRANT SELECT (tenant_id, channel, received_at, followed_up_at) ON incoming_texts TO pp_lookup;
GRANT SELECT (tenant_id, id, phone, source, since, ended_at) ON opt_outs TO pp_lookup;
GRANT SELECT (channel, address, chat, phone, linked_at, unlinked_at) ON chat_links TO pp_lookup;
GRANT SELECT (tenant_id, cost_minor, currency, ended_at) ON ussd_sessions TO pp_lookup;
