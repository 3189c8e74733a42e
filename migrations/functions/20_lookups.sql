-- The few looks across or past row-level security. Each is owned by pp_lookup, has a fixed search_path, and takes the gym or
-- the user from the setting, or refuses outside the scope that may cross gyms.

CREATE OR REPLACE FUNCTION pp_demand_scope(VARIADIC p_scopes text[]) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT current_setting('app.scope') = ANY (p_scopes) THEN
    RAISE EXCEPTION 'scope % may not look across gyms', current_setting('app.scope') USING ERRCODE = '42501';
  END IF;
END $$;

-- A login by e-mail or phone, for signing in and resetting a password.
DROP FUNCTION IF EXISTS pp_login;
CREATE FUNCTION pp_login(p_identifier text)
RETURNS TABLE (user_id uuid, password_hash text, status text, language text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('public', 'system', 'platform');
  RETURN QUERY SELECT u.user_id, u.password_hash, u.status, u.language
    FROM users u WHERE u.email = p_identifier OR u.phone = p_identifier LIMIT 1;
END $$;
ALTER FUNCTION pp_login(text) OWNER TO pp_lookup;

-- Who holds a refresh token, by its digest.
CREATE OR REPLACE FUNCTION pp_refresh_holder(p_digest text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('public');
  RETURN (SELECT r.user_id FROM refresh_tokens r WHERE r.digest = p_digest);
END $$;
ALTER FUNCTION pp_refresh_holder(text) OWNER TO pp_lookup;

-- The gyms in which the user of the setting is a person.
DROP FUNCTION IF EXISTS pp_my_gyms;
CREATE FUNCTION pp_my_gyms()
RETURNS TABLE (tenant_id uuid, slug text, name text, person_id uuid, person_name text, roles text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.tenant_id, t.slug, t.name, p.id, p.name, p.roles
    FROM people p JOIN tenants t ON t.tenant_id = p.tenant_id
   WHERE p.user_id = nullif(current_setting('app.user_id'), '')::uuid AND p.status = 'active'
   ORDER BY t.name, t.tenant_id;
$$;
ALTER FUNCTION pp_my_gyms() OWNER TO pp_lookup;

-- The invitation behind a code's digest.
DROP FUNCTION IF EXISTS pp_invitation;
CREATE FUNCTION pp_invitation(p_digest text)
RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('public');
  RETURN QUERY SELECT i.tenant_id, i.id FROM invitations i WHERE i.digest = p_digest;
END $$;
ALTER FUNCTION pp_invitation(text) OWNER TO pp_lookup;

-- The people a phone belongs to: in all gyms for a shared number (p_tenant is null), in one gym for a channel of its own.
DROP FUNCTION IF EXISTS pp_people_by_phone;
CREATE FUNCTION pp_people_by_phone(p_phone text, p_tenant uuid)
RETURNS TABLE (tenant_id uuid, gym_name text, gym_slug text, person_id uuid, name text, language text, roles text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('system');
  RETURN QUERY SELECT p.tenant_id, t.name, t.slug, p.id, p.name, p.language, p.roles
    FROM people p JOIN tenants t ON t.tenant_id = p.tenant_id
   WHERE p.phone = p_phone AND p.status = 'active' AND (p_tenant IS NULL OR p.tenant_id = p_tenant)
   ORDER BY t.name, p.name, p.id LIMIT 20;
END $$;
ALTER FUNCTION pp_people_by_phone(text, uuid) OWNER TO pp_lookup;

-- The gym that a service code, short code, sender name or bot belongs to; none for a shared one.
DROP FUNCTION IF EXISTS pp_channel_gym;
CREATE FUNCTION pp_channel_gym(p_kind text, p_address text)
RETURNS TABLE (tenant_id uuid, name text, slug text, language text, currency text, features text[], status text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('system');
  RETURN QUERY SELECT t.tenant_id, t.name, t.slug, t.language, t.currency, t.features, t.status
    FROM channels c JOIN tenants t ON t.tenant_id = c.tenant_id WHERE c.kind = p_kind AND c.address = p_address;
END $$;
ALTER FUNCTION pp_channel_gym(text, text) OWNER TO pp_lookup;

-- The working gyms of that slug or exact name, the one of the slug first; three say already that the name is not one gym's.
DROP FUNCTION IF EXISTS pp_gyms_called;
CREATE FUNCTION pp_gyms_called(p_words text)
RETURNS TABLE (tenant_id uuid, name text, slug text, language text, currency text, features text[], status text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('system');
  RETURN QUERY SELECT t.tenant_id, t.name, t.slug, t.language, t.currency, t.features, t.status
    FROM tenants t WHERE t.status = 'active' AND (t.slug = lower(p_words) OR lower(t.name) = lower(p_words))
   ORDER BY t.slug = lower(p_words) DESC, t.slug LIMIT 3;
END $$;
ALTER FUNCTION pp_gyms_called(text) OWNER TO pp_lookup;

-- All gyms, for the platform.
DROP FUNCTION IF EXISTS pp_gyms;
CREATE FUNCTION pp_gyms(p_after text, p_limit integer)
RETURNS TABLE (tenant_id uuid, slug text, name text, status text, timezone text, created_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('platform', 'system');
  RETURN QUERY SELECT t.tenant_id, t.slug, t.name, t.status, t.timezone, t.created_at
    FROM tenants t WHERE (p_after IS NULL OR t.slug > p_after)
   ORDER BY t.slug LIMIT p_limit;
END $$;
ALTER FUNCTION pp_gyms(text, integer) OWNER TO pp_lookup;

-- People of the gym of the setting whose name, code or phone contains the words. LIKE is not leakproof and would lose its
-- trigram index under row-level security, so this looks past it and keeps to the gym itself.
DROP FUNCTION IF EXISTS pp_search_people;
CREATE FUNCTION pp_search_people(p_pattern text, p_role text, p_after_name text, p_after_id uuid, p_limit integer)
RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_tenant uuid := current_setting('app.tenant_id')::uuid;
  v_near uuid[];
BEGIN
  -- What is common fills a page among the next few thousand names; only what is rarer is worth the trigrams and a sort of
  -- everything that matches. The planner cannot know which of the two it is.
  SELECT array_agg(found.id ORDER BY found.name, found.id) INTO v_near FROM (
    SELECT near.id, near.name FROM (
      SELECT p.id, p.name, p.search, p.roles FROM people p
       WHERE p.tenant_id = v_tenant AND (p_after_name IS NULL OR (p.name, p.id) > (p_after_name, p_after_id))
       ORDER BY p.name, p.id LIMIT 3000) AS near
     WHERE near.search LIKE p_pattern AND (p_role IS NULL OR p_role = ANY (near.roles))
     ORDER BY near.name, near.id LIMIT p_limit) AS found;
  IF cardinality(v_near) >= p_limit THEN
    RETURN QUERY SELECT unnest(v_near);
    RETURN;
  END IF;
  RETURN QUERY WITH matching AS MATERIALIZED (
    SELECT p.id, p.name FROM people p
     WHERE p.tenant_id = v_tenant AND p.search LIKE p_pattern AND (p_role IS NULL OR p_role = ANY (p.roles))
       AND (p_after_name IS NULL OR (p.name, p.id) > (p_after_name, p_after_id)))
  SELECT m.id FROM matching m ORDER BY m.name, m.id LIMIT p_limit;
END $$;
ALTER FUNCTION pp_search_people(text, text, text, uuid, integer) OWNER TO pp_lookup;

-- Whom the desk means, best first: an exact code or phone, names that begin with what was typed, people of whom every word begins
-- with one of the words typed, people that hold these anywhere; in each, who is still here before who left, then by name.
-- p_begins, when given, is what the one word looks like at its beginning: a phone has its country there.
DROP FUNCTION IF EXISTS pp_find_people;
CREATE FUNCTION pp_find_people(p_typed text, p_begins text, p_code text, p_phone text, p_limit integer)
RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_tenant uuid := current_setting('app.tenant_id')::uuid;
  v_words text[] := regexp_split_to_array(btrim(pp_plain(p_typed)), '\s+');
  v_whole text := ' ' || array_to_string(v_words, ' ');
  v_starts text[] := ARRAY(SELECT ' ' || word FROM unnest(CASE WHEN p_begins IS NULL THEN v_words ELSE ARRAY[p_begins] END) AS word);
  v_sought text[];
  v_like text[];
  v_parts text[];
  v_found uuid[] := ARRAY(SELECT p.id FROM people p WHERE p.tenant_id = v_tenant AND (p.code = p_code OR p.phone = p_phone)
                           ORDER BY p.status, p.plain, p.id LIMIT p_limit);
  v_more uuid[];
  v_here text;
BEGIN
  IF v_whole <> ' ' AND p_begins IS NULL THEN
    FOREACH v_here IN ARRAY ARRAY['active', 'left'] LOOP
      v_found := v_found || ARRAY(
        SELECT p.id FROM people p
         WHERE p.tenant_id = v_tenant AND p.status = v_here AND p.plain >= v_whole
           AND p.plain < v_whole || chr(1114111) AND p.id <> ALL (v_found)
         ORDER BY p.plain, p.id LIMIT p_limit - cardinality(v_found));
    END LOOP;
  END IF;
  FOR v_pass IN 1..2 LOOP
    EXIT WHEN v_whole = ' ' OR cardinality(v_found) >= p_limit;
    v_sought := CASE v_pass WHEN 1 THEN v_starts ELSE v_words END;
    v_like := ARRAY(SELECT '%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%' FROM unnest(v_sought) AS word);
    -- What is common fills the page among the next few thousand names; what is rarer is found by its parts and sorted.
    v_more := ARRAY(
      SELECT near.id FROM (
        SELECT p.id, p.plain, p.status FROM people p WHERE p.tenant_id = v_tenant
         ORDER BY p.status, p.plain, p.id LIMIT 2000) AS near
       WHERE near.plain LIKE ALL (v_like) AND near.id <> ALL (v_found)
       ORDER BY near.status, near.plain, near.id LIMIT p_limit - cardinality(v_found));
    IF cardinality(v_more) < p_limit - cardinality(v_found) THEN
      v_parts := ARRAY(SELECT DISTINCT part FROM unnest(v_sought) AS word, unnest(pp_parts(word)) AS part
                        WHERE length(part) = least(3, length(word)));
      v_more := ARRAY(
        WITH matching AS MATERIALIZED (
          SELECT p.id, p.plain, p.status FROM people p
           WHERE p.tenant_id = v_tenant AND pp_parts(p.plain) @> v_parts AND p.plain LIKE ALL (v_like))
        SELECT m.id FROM matching m WHERE m.id <> ALL (v_found)
         ORDER BY m.status, m.plain, m.id LIMIT p_limit - cardinality(v_found));
    END IF;
    v_found := v_found || v_more;
  END LOOP;
  RETURN QUERY SELECT unnest(v_found);
END $$;
ALTER FUNCTION pp_find_people(text, text, text, text, integer) OWNER TO pp_lookup;

-- The message behind a gateway's id, for delivery reports.
DROP FUNCTION IF EXISTS pp_message_by_gateway_id;
CREATE FUNCTION pp_message_by_gateway_id(p_gateway_id text)
RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pp_demand_scope('system');
  RETURN QUERY SELECT m.tenant_id, m.id FROM outgoing_messages m WHERE m.gateway_id = p_gateway_id LIMIT 1;
END $$;
ALTER FUNCTION pp_message_by_gateway_id(text) OWNER TO pp_lookup;

GRANT SELECT (tenant_id, name, slug, status, timezone, language, currency, features, created_at) ON tenants TO pp_lookup;
GRANT SELECT (user_id, email, phone, password_hash, status, language) ON users TO pp_lookup;
GRANT SELECT (digest, user_id) ON refresh_tokens TO pp_lookup;
GRANT SELECT (tenant_id, id, user_id, name, phone, language, roles, status, search, code, plain) ON people TO pp_lookup;
GRANT SELECT (tenant_id, id, digest) ON invitations TO pp_lookup;
GRANT SELECT (tenant_id, kind, address) ON channels TO pp_lookup;
GRANT SELECT (tenant_id, id, gateway_id) ON outgoing_messages TO pp_lookup;
