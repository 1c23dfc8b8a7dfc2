import type pg from "pg"
import { StartupError } from "@/lib/errors/startup-error"

/**
 * Row-level security binds only a role that cannot step around it. Serving
 * under any other role would make every tenant boundary a matter of luck.
 *
 * @throws StartupError when the role of this pool could bypass it
 */
export async function assertAppRoleIsConfined(pool: Pick<pg.Pool, "query">): Promise<void> {
  const { rows } = await pool.query<Powers>(powersQuery)
  const powers = rows[0]
  if (!powers) throw new StartupError("The database does not say which role we are.")

  const excess = [
    powers.superuser && "it is a superuser",
    powers.bypassesRls && "it has BYPASSRLS",
    powers.owns && `it owns ${powers.owns}`,
    powers.memberOf && `it can act as ${powers.memberOf}`,
  ].filter((reason) => typeof reason === "string")
  if (excess.length === 0) return

  throw new StartupError(
    `The database role ${powers.role} could bypass row-level security (${excess.join(", ")}); point DATABASE_URL at a role that owns nothing and DATABASE_OWNER_URL at the owner.`,
  )
}

type Powers = Readonly<{
  role: string
  superuser: boolean
  bypassesRls: boolean
  owns: string | null
  memberOf: string | null
}>

/** `memberOf`: a role that we may become and that owns tables here, is a superuser or bypasses policies. */
const powersQuery = `
  SELECT r.rolname AS role, r.rolsuper AS superuser, r.rolbypassrls AS "bypassesRls",
    (SELECT c.oid::regclass::text FROM pg_class c
      WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') LIMIT 1) AS owns,
    (SELECT o.rolname FROM pg_roles o
      WHERE o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER') AND (o.rolsuper OR o.rolbypassrls
        OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = o.oid AND c.relkind IN ('r', 'p')))
      LIMIT 1) AS "memberOf"
  FROM pg_roles r WHERE r.rolname = current_user`
