-- The two statements that the pipeline adds to a handler's own. They run as the caller, so row-level security holds in them.

CREATE OR REPLACE FUNCTION pp_gym_by_slug(p_slug text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT tenant_id FROM tenants WHERE slug = p_slug $$;
ALTER FUNCTION pp_gym_by_slug(text) OWNER TO pp_lookup;

DROP FUNCTION IF EXISTS pp_enter_gym;
CREATE FUNCTION pp_enter_gym(
  p_tenant uuid, OUT name text, OUT slug text, OUT timezone text, OUT features text[], OUT limits jsonb
)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.tenant_id', p_tenant::text, true);
  SELECT t.name, t.slug, t.timezone, t.features, t.limits
    INTO name, slug, timezone, features, limits FROM tenants t WHERE t.tenant_id = p_tenant;
END $$;

-- Begin: say who asks, find their session, person and gym, claim the idempotency key. The verdict is NULL when all is well.
DROP FUNCTION IF EXISTS pp_begin;
CREATE FUNCTION pp_begin(
  p_scope text, p_user uuid, p_session uuid, p_tenant uuid, p_slug text, p_person uuid, p_phone text,
  p_key uuid, p_operation text, p_fingerprint text,
  OUT verdict text, OUT tenant uuid, OUT person uuid, OUT roles text[], OUT gym_name text, OUT gym_slug text,
  OUT timezone text, OUT gym_status text, OUT features text[], OUT limits jsonb,
  OUT authenticated_at timestamptz, OUT super_admin boolean, OUT answer jsonb
)
LANGUAGE plpgsql AS $$
DECLARE
  v_operation text;
  v_fingerprint text;
BEGIN
  PERFORM set_config('app.scope', p_scope, true), set_config('app.user_id', coalesce(p_user::text, ''), true);
  IF p_session IS NOT NULL THEN
    SELECT s.authenticated_at, u.super_admin INTO authenticated_at, super_admin
      FROM user_sessions s JOIN users u ON u.user_id = s.user_id
     WHERE s.user_id = p_user AND s.id = p_session AND s.revoked_at IS NULL AND u.status = 'active';
    IF NOT FOUND THEN
      verdict := 'session_ended';
      RETURN;
    END IF;
  END IF;

  tenant := CASE WHEN p_slug IS NULL THEN p_tenant ELSE pp_gym_by_slug(p_slug) END;
  IF p_slug IS NOT NULL AND tenant IS NULL THEN
    verdict := 'no_gym';
    RETURN;
  END IF;
  PERFORM set_config('app.tenant_id', coalesce(tenant::text, ''), true);
  -- The platform's own rows are the nil gym's: of them only the system's own work asks.
  IF tenant IS NOT NULL AND NOT (p_scope = 'system' AND tenant = '00000000-0000-0000-0000-000000000000') THEN
    SELECT t.name, t.slug, t.timezone, t.status, t.features, t.limits
      INTO gym_name, gym_slug, timezone, gym_status, features, limits FROM tenants t WHERE t.tenant_id = tenant;
    IF NOT FOUND THEN
      verdict := 'no_gym';
      RETURN;
    END IF;
    IF p_user IS NOT NULL THEN
      SELECT p.id, p.roles INTO person, roles FROM people p
       WHERE p.tenant_id = tenant AND p.user_id = p_user AND p.status = 'active';
      IF NOT FOUND THEN
        verdict := 'not_of_this_gym';
        RETURN;
      END IF;
    ELSIF p_person IS NOT NULL THEN
      SELECT p.id, p.roles INTO person, roles FROM people p
       WHERE p.tenant_id = tenant AND p.id = p_person AND p.phone = p_phone AND p.status = 'active';
      IF NOT FOUND THEN
        verdict := 'not_of_this_gym';
        RETURN;
      END IF;
    END IF;
  END IF;

  IF p_key IS NOT NULL THEN
    IF tenant IS NULL THEN
      PERFORM set_config('app.tenant_id', '00000000-0000-0000-0000-000000000000', true);
    END IF;
    INSERT INTO idempotency_keys (tenant_id, id, operation, fingerprint)
      VALUES (current_setting('app.tenant_id')::uuid, p_key, p_operation, p_fingerprint) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      -- A racing twin was waited for by the insert above; what it committed is visible to this statement.
      SELECT k.operation, k.fingerprint, k.answer INTO v_operation, v_fingerprint, answer
        FROM idempotency_keys k WHERE k.tenant_id = current_setting('app.tenant_id')::uuid AND k.id = p_key;
      verdict := CASE WHEN v_operation = p_operation AND v_fingerprint = p_fingerprint THEN 'replay' ELSE 'key_reused' END;
    END IF;
    IF tenant IS NULL THEN
      PERFORM set_config('app.tenant_id', '', true);
    END IF;
  END IF;
END $$;

-- One job for all events of a transaction, holding ids only: procrastinate's tables know no gym.
SET ROLE pp_worker;
CREATE OR REPLACE FUNCTION jobs.pp_defer(p_tenants uuid[], p_events uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = jobs, public, pg_temp
AS $$
  SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
    'events', 'deliver', 0, NULL, NULL,
    jsonb_build_object('events', (SELECT jsonb_agg(jsonb_build_array(t, e)) FROM unnest(p_tenants, p_events) AS x(t, e))),
    NULL::timestamptz)::procrastinate_job_to_defer_v1]);
$$;
CREATE OR REPLACE FUNCTION jobs.pp_defer_tick(p_name text, p_slot text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = jobs, public, pg_temp
AS $$
  SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
    'clock', 'tick', 0, NULL, NULL, jsonb_build_object('name', p_name, 'slot', p_slot),
    NULL::timestamptz)::procrastinate_job_to_defer_v1]);
$$;
RESET ROLE;

-- The clock fired: one durable job for each entry and minute, however many clocks there are.
CREATE OR REPLACE FUNCTION pp_fire(p_name text, p_slot text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clock_firings (name, slot) VALUES (p_name, p_slot) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    PERFORM jobs.pp_defer_tick(p_name, p_slot);
  END IF;
END $$;

-- Finish: the audit row, the outbox rows with their job, and the answer to replay, in the handler's transaction.
DROP FUNCTION IF EXISTS pp_finish;
CREATE FUNCTION pp_finish(
  p_tenant uuid, p_audit uuid, p_at timestamptz, p_actor_kind text, p_actor text, p_person uuid, p_operation text,
  p_door text, p_ip text, p_correlation text, p_outcome text, p_resource text, p_resource_id uuid, p_detail jsonb,
  p_key uuid, p_answer jsonb,
  p_event_tenants uuid[], p_event_ids uuid[], p_event_names text[], p_event_payloads text[],
  p_event_subjects uuid[] DEFAULT '{}'
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_tenant uuid;
BEGIN
  PERFORM set_config('app.tenant_id', p_tenant::text, true);
  IF p_audit IS NOT NULL THEN
    INSERT INTO audit_entries (tenant_id, id, at, actor_kind, actor, person_id, operation, door, ip, correlation_id,
                               outcome, resource, resource_id, detail)
      VALUES (p_tenant, p_audit, p_at, p_actor_kind, p_actor, p_person, p_operation, p_door, p_ip, p_correlation,
              p_outcome, p_resource, p_resource_id, p_detail);
  END IF;
  IF p_key IS NOT NULL AND p_answer IS NULL THEN
    -- Nothing to replay leaves the key free.
    DELETE FROM idempotency_keys WHERE tenant_id = p_tenant AND id = p_key;
  ELSIF p_key IS NOT NULL THEN
    UPDATE idempotency_keys SET answer = p_answer WHERE tenant_id = p_tenant AND id = p_key;
  END IF;
  IF cardinality(p_event_ids) > 0 THEN
    FOR v_tenant IN SELECT DISTINCT unnest(p_event_tenants) LOOP
      PERFORM set_config('app.tenant_id', v_tenant::text, true);
      INSERT INTO outbox (tenant_id, id, name, payload, correlation_id, occurred_at)
        SELECT t, e, n, p::jsonb, p_correlation, p_at
          FROM unnest(p_event_tenants, p_event_ids, p_event_names, p_event_payloads) AS x(t, e, n, p)
         WHERE t = v_tenant;
    END LOOP;
    PERFORM jobs.pp_defer(p_event_tenants, p_event_ids);
    -- To those who watch, when this commits: whose, what, and the id of what it is about, which opens nothing by itself.
    PERFORM pg_notify('pp_live', concat_ws(' ', t, n, s))
       FROM unnest(p_event_tenants, p_event_names, p_event_subjects) AS x(t, n, s) WHERE s IS NOT NULL;
  END IF;
END $$;
