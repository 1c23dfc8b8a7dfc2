-- Who is asking. The only functions that look past the border between tenants.

-- The live key with this public id and secret digest, or nothing. Revoked, expired, used from another
-- address and belonging to a suspended tenant all look like a key that was never there.
CREATE FUNCTION key_principal(p_public_id text, p_secret_mac bytea, p_address inet)
RETURNS TABLE (
  tenant_id text, key_id text, owner_id text, created_by_id text, environments text[], scopes text[]
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
  RETURN QUERY
    SELECT k.tenant_id, k.key_id, k.owner_id, k.created_by_id, k.environments, k.scopes
    FROM public.api_key k JOIN public.tenant t ON t.tenant_id = k.tenant_id
    WHERE k.public_id = p_public_id
      AND k.secret_mac = p_secret_mac
      AND k.revoked_at IS NULL
      AND k.expires_at > clock_timestamp()
      AND t.status = 'active'
      AND (
        cardinality(k.addresses) = 0
        OR EXISTS (SELECT FROM unnest(k.addresses) AS range WHERE p_address <<= range::inet)
      )
    LIMIT 1;
END
$$;

-- The person behind a live session and what they may see:
-- {sessionId, personId, name, email, idleExpiresAt, tenants: [{tenantId, name, roles[]}], roles: [{role, tenantId}]}.
CREATE FUNCTION session_principal(p_session_id text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object(
      'sessionId', s.session_id,
      'personId', p.person_id,
      'name', p.name,
      'email', p.email,
      'idleExpiresAt', s.idle_expires_at,
      'roles', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('role', m.role, 'tenantId', m.tenant_id) ORDER BY m.created_at), '[]')
        FROM public.membership m WHERE m.person_id = p.person_id AND m.ended_at IS NULL
      ),
      'tenants', (
        SELECT coalesce(jsonb_agg(
          jsonb_build_object('tenantId', v.tenant_id, 'name', v.name, 'roles', v.roles) ORDER BY v.name, v.tenant_id), '[]')
        FROM (
          SELECT t.tenant_id, t.name, jsonb_agg(DISTINCT m.role) AS roles
          FROM public.membership m
          JOIN public.tenant t ON t.agency_id = m.agency_id AND (m.tenant_id IS NULL OR m.tenant_id = t.tenant_id)
          WHERE m.person_id = p.person_id AND m.ended_at IS NULL
          GROUP BY t.tenant_id, t.name
        ) v
      )
    )
    FROM public.session s JOIN public.person p ON p.person_id = s.person_id
    WHERE s.session_id = p_session_id
      AND s.revoked_at IS NULL
      AND s.idle_expires_at > clock_timestamp()
      AND s.expires_at > clock_timestamp()
      AND p.disabled_at IS NULL
  );
END
$$;

REVOKE ALL ON FUNCTION key_principal(text, bytea, inet), session_principal(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION key_principal(text, bytea, inet), session_principal(text) TO deltaseal_app;

-- The tenants of a session's person become readable for this transaction, or only those in which they
-- hold one of these roles. Null when there is no live session.
CREATE FUNCTION bind_session(p_session_id text, p_roles text[] DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
  v_principal jsonb := session_principal(p_session_id);
BEGIN
  PERFORM set_config('app.tenants', coalesce((
    SELECT string_agg(t ->> 'tenantId', ',') FROM jsonb_array_elements(v_principal -> 'tenants') AS t
    WHERE p_roles IS NULL OR t -> 'roles' ?| p_roles), ''), true);

  RETURN v_principal;
END
$$;

-- Keeps a session in use alive: its idle time starts again, at most once in five minutes.
CREATE FUNCTION touch_session(p_session_id text, p_idle_seconds int)
RETURNS void
LANGUAGE sql
AS $$
  UPDATE session SET idle_expires_at = least(expires_at, clock_timestamp() + make_interval(secs => p_idle_seconds))
  WHERE session_id = p_session_id AND revoked_at IS NULL AND idle_expires_at > clock_timestamp()
    AND idle_expires_at < clock_timestamp() + make_interval(secs => p_idle_seconds - 300)
$$;
