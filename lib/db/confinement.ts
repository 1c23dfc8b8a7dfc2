import type pg from "pg"
import { appRole } from "./embedded/roles"

/**
 * What the role of this connection could do that would make every tenant
 * boundary a matter of luck: row-level security binds only a role that cannot
 * step around it. One sentence, or nothing when the role is confined.
 *
 * @param ownerRole the role that owns the tables, or is about to
 */
export async function excessOf(client: Pick<pg.Client, "query">, ownerRole: string): Promise<string | null> {
  const { rows } = await client.query<Powers>(powersQuery, [ownerRole])
  const powers = rows[0]
  if (!powers) return "The database does not say which role serves."

  const excess = [
    powers.superuser && "it is a superuser",
    powers.bypassesRls && "it has BYPASSRLS",
    powers.replicates && "it may replicate",
    powers.createsRoles && "it may create roles",
    powers.owns && `it owns ${powers.owns}`,
    powers.memberOf && `it can act as ${powers.memberOf}`,
    powers.creates && "it may create things in the schema public",
    powers.isBound && "its connections begin with a tenant set by a default",
  ].filter((reason) => typeof reason === "string")
  if (excess.length === 0) return null

  return `The role ${powers.role} could bypass row-level security (${excess.join(", ")}); let DATABASE_URL name ${appRole}, which owns nothing, and DATABASE_OWNER_URL the owner.`
}

type Powers = Readonly<{
  role: string
  superuser: boolean
  bypassesRls: boolean
  replicates: boolean
  createsRoles: boolean
  owns: string | null
  memberOf: string | null
  creates: boolean
  isBound: boolean
}>

/**
 * `owns`: also the database and its schemas, whose owner may drop what is in
 * them. `memberOf`: a role that we may become and that is the owner, owns
 * tables here, or is as mighty as one. `creates`: functions of one's own in
 * `public` could be found where a definer function means another. `isBound`:
 * somebody gave the role or the database a default; nothing set has to mean no rows.
 */
const powersQuery = `
  SELECT r.rolname AS role, r.rolsuper AS superuser, r.rolbypassrls AS "bypassesRls",
    r.rolreplication AS replicates, r.rolcreaterole AS "createsRoles",
    coalesce(
      (SELECT 'the database ' || d.datname FROM pg_database d
        WHERE d.datname = current_database() AND d.datdba = r.oid),
      (SELECT 'the schema ' || n.nspname FROM pg_namespace n WHERE n.nspowner = r.oid LIMIT 1),
      (SELECT c.oid::regclass::text FROM pg_class c
        WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') LIMIT 1),
      (SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proowner = r.oid LIMIT 1)
    ) AS owns,
    (SELECT o.rolname FROM pg_roles o
      WHERE o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER') AND o.rolname <> 'pg_database_owner'
        AND (o.rolsuper OR o.rolbypassrls OR o.rolcreaterole OR o.rolname = $1
          OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = o.oid AND c.relkind IN ('r', 'p'))
          OR EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database() AND d.datdba = o.oid))
      LIMIT 1) AS "memberOf",
    has_schema_privilege(r.oid, 'public', 'CREATE') AS creates,
    concat(current_setting('app.tenant', true), current_setting('app.tenants', true),
      current_setting('app.lookup', true)) <> '' AS "isBound"
  FROM pg_roles r WHERE r.rolname = current_user`
