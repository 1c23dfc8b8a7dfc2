import { randomInt } from "node:crypto"
import type pg from "pg"
import { excessOf } from "./confinement"
import { appRole } from "./embedded/roles"

/** One connection for each URL; `owner` and `direct` are `app` again where no URL of their own was given. */
export type Clients = Readonly<{ app: pg.Client; owner: pg.Client; direct: pg.Client }>

/** Everything that stands against using this database with these roles, one sentence each. */
export async function problemsWith({ app, owner, direct }: Clients): Promise<string[]> {
  const place = await placeOf(owner)
  const unfit = unfitPlace(place)
  if (unfit !== null) return [unfit]

  const apart = await Promise.all([
    app === owner || isSameDatabase(owner, app),
    app === direct || isSameDatabase(app, direct),
  ])
  const [roleOfApp, roleOfDirect] = await Promise.all([roleOf(app), roleOf(direct)])
  const excess = await excessOf(app, place.tablesOwner ?? place.role)

  return [
    excess,
    excess === null &&
      app !== owner &&
      roleOfApp === place.role &&
      "DATABASE_URL and DATABASE_OWNER_URL name the same role; the role that serves may own nothing.",
    excess === null &&
      !(await isMember(app)) &&
      `The role ${roleOfApp} is not a member of ${appRole}, to which the tables are granted; let DATABASE_URL name ${appRole} itself.`,
    !apart[0] && "DATABASE_URL and DATABASE_OWNER_URL lead to two databases; let both name the same one.",
    !apart[1] && "DATABASE_URL and DATABASE_DIRECT_URL lead to two databases; let both name the same one.",
    roleOfDirect !== roleOfApp &&
      `DATABASE_DIRECT_URL names the role ${roleOfDirect} and DATABASE_URL ${roleOfApp}; let both name the same one.`,
    app === owner ? excess === null && missingOwner(place) : unfitOwner(place),
  ].filter((problem) => typeof problem === "string")
}

type Place = Readonly<{
  role: string
  database: string
  version: number
  encoding: string
  isReplica: boolean
  /** Who owns our bookkeeping of migrations; null before the first. */
  tablesOwner: string | null
  /** Something in `public` that an empty database does not have. */
  stranger: string | null
  mayActAsOwner: boolean
  mayCreate: boolean
  hasAppRole: boolean
}>

/** In a database that is not ours yet, anything in `public` is somebody's, but for what an extension put there. */
const placeQuery = `
  SELECT current_user AS role, current_database() AS database,
    current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
    pg_is_in_recovery() AS "isReplica",
    o.rolname AS "tablesOwner",
    (SELECT c.relname FROM pg_class c
      WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND NOT EXISTS (SELECT FROM pg_depend d
          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      ORDER BY c.relkind, c.relname LIMIT 1) AS stranger,
    coalesce(pg_has_role(o.oid, 'USAGE'), true) AS "mayActAsOwner",
    has_database_privilege(current_database(), 'CREATE') AND to_regnamespace('public') IS NOT NULL
      AND has_schema_privilege(to_regnamespace('public'), 'CREATE') AS "mayCreate",
    EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS "hasAppRole"
  FROM (SELECT to_regclass('public._prisma_migrations') AS oid) m
  LEFT JOIN pg_class c ON c.oid = m.oid LEFT JOIN pg_roles o ON o.oid = c.relowner`

async function placeOf(owner: pg.Client): Promise<Place> {
  const { rows } = await owner.query<Place>(placeQuery, [appRole])
  const [place] = rows
  if (place === undefined) throw new Error("The database says nothing of itself.")

  return place
}

function unfitPlace({ database, version, encoding, isReplica, tablesOwner, stranger }: Place): string | null {
  if (version < 150_000)
    return `PostgreSQL 15 or newer is needed; the server of ${database} has ${Math.floor(version / 10_000)}.`
  if (encoding !== "UTF8")
    return `The database ${database} is encoded in ${encoding}; create one with ENCODING 'UTF8'.`
  if (isReplica)
    return `The database ${database} is on a replica that cannot be written; let the URLs name the primary.`
  if (tablesOwner !== null || stranger === null) return null

  return `The database ${database} already holds something else (${stranger}), and Deltaseal does not mix in; create an empty one for it.`
}

function missingOwner({ tablesOwner, database }: Place): string | null {
  if (tablesOwner !== null) return null

  return `The database ${database} has no tables of Deltaseal yet, and the role that serves may not make them; set DATABASE_OWNER_URL.`
}

function unfitOwner(place: Place): string | null {
  const { role, database, tablesOwner, mayActAsOwner, mayCreate, hasAppRole } = place
  if (!mayActAsOwner)
    return `The tables belong to ${tablesOwner ?? "another role"}, and DATABASE_OWNER_URL names ${role}; let it name their owner.`
  if (!mayCreate)
    return `The role ${role} may not create tables and schemas in ${database}; make it the owner: ALTER DATABASE ${database} OWNER TO ${role}.`
  if (!hasAppRole)
    return `The role ${appRole} does not exist; create it: CREATE ROLE ${appRole} LOGIN PASSWORD '…'.`

  return null
}

/** A lock that one connection takes is seen from the other, unless they are in two databases. */
async function isSameDatabase(one: pg.Client, other: pg.Client): Promise<boolean> {
  const lock = randomInt(2 ** 47)
  await one.query("BEGIN")
  try {
    await one.query("SELECT pg_advisory_xact_lock($1)", [lock])
    const { rows } = await other.query<{ taken: boolean }>("SELECT pg_try_advisory_xact_lock($1) AS taken", [
      lock,
    ])
    return rows[0]?.taken === false
  } finally {
    await one.query("ROLLBACK")
  }
}

async function roleOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ role: string }>("SELECT current_user AS role")
  return rows[0]?.role ?? ""
}

/** A role that does not exist yet is the owner's matter. */
async function isMember(app: pg.Client): Promise<boolean> {
  const { rows } = await app.query<{ is: boolean }>(
    "SELECT coalesce(bool_or(pg_has_role(oid, 'USAGE')), true) AS is FROM pg_roles WHERE rolname = $1",
    [appRole],
  )
  return rows[0]?.is !== false
}
