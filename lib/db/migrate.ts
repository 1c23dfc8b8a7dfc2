import pg from "pg"
import { StartupError } from "@/lib/errors/startup-error"
import {
  objectionTo,
  pendingOf,
  readMigrations,
  toMigrationList,
  type AppliedMigration,
  type Migration,
} from "./migrations"
import { withSchemaEngine } from "./schema-engine"

/** Any number that nobody else uses: two processes that start together migrate one after the other. */
const migrationLock = 4_712_006_518

/**
 * Brings the database to the state of `prisma/migrations`, with Prisma's own
 * bookkeeping, so that `prisma migrate deploy` agrees with what we did.
 *
 * @param ownerUrl the role that owns the tables; of a database that is up to date also one that only serves
 * @returns the names of the migrations applied now
 * @throws StartupError when the database is newer, a migration was edited, or the role may not migrate
 */
export async function migrate(ownerUrl: string, folder: string): Promise<readonly string[]> {
  const migrations = await readMigrations(folder)
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()

  try {
    // Waking the engine costs half a second, so a database that is up to date never meets it.
    if (isUpToDate(migrations, await readApplied(client))) return []

    // Only now are objections believed: what looks unfinished may be another process at work.
    await client.query("BEGIN")
    await client.query("SELECT pg_advisory_xact_lock($1)", [migrationLock])
    const applied = await readApplied(client)
    const objection = objectionTo(migrations, applied)
    if (objection !== undefined) throw new StartupError(objection)
    if (isUpToDate(migrations, applied)) return []

    await assertMayMigrate(client)
    const migrationsList = await toMigrationList(folder, migrations)
    const { appliedMigrationNames } = await withSchemaEngine(ownerUrl, (engine) =>
      engine.applyMigrations({ migrationsList, filters: { externalTables: [], externalEnums: [] } }),
    )
    return appliedMigrationNames
  } finally {
    await client.end()
  }
}

function isUpToDate(migrations: readonly Migration[], applied: readonly AppliedMigration[]): boolean {
  return objectionTo(migrations, applied) === undefined && pendingOf(migrations, applied).length === 0
}

async function readApplied(client: pg.Client): Promise<readonly AppliedMigration[]> {
  const found = await client.query<{ exists: boolean; readable: boolean | null }>(
    `SELECT oid IS NOT NULL AS exists, has_table_privilege(oid, 'SELECT') AS readable
     FROM to_regclass('public._prisma_migrations') AS oid`,
  )
  if (found.rows[0]?.exists !== true) return []
  if (found.rows[0].readable !== true) throw new StartupError(ownerNeeded)

  const { rows } = await client.query<AppliedMigration>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM public._prisma_migrations WHERE rolled_back_at IS NULL`,
  )
  return rows
}

/** The role that only serves could read the bookkeeping, and would fail at the first table. */
async function assertMayMigrate(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ may: boolean }>(
    "SELECT has_schema_privilege('public', 'CREATE') AS may",
  )
  if (rows[0]?.may !== true) throw new StartupError(ownerNeeded)
}

const ownerNeeded =
  "The database needs the migrations of this version, and the role that serves may not make them; set DATABASE_OWNER_URL."
