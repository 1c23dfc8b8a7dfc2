import pg from "pg"
import { StartupError } from "@/lib/errors/startup-error"
import { objectionTo, pendingOf, readMigrations, toMigrationList, type AppliedMigration } from "./migrations"
import { withSchemaEngine } from "./schema-engine"

/** Any number that nobody else uses: two processes that start together migrate one after the other. */
const migrationLock = 4_712_006_518

/**
 * Brings the database to the state of `prisma/migrations`, with Prisma's own
 * bookkeeping, so that `prisma migrate deploy` agrees with what we did.
 *
 * @param ownerUrl the role that owns the tables
 * @returns the names of the migrations applied now
 * @throws StartupError when the database is newer or a migration was edited
 */
export async function migrate(ownerUrl: string, folder: string): Promise<readonly string[]> {
  const migrations = await readMigrations(folder)
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()

  try {
    // Waking the engine costs half a second, so a database that is up to date never meets it.
    if (pendingOf(migrations, await readApplied(client, migrations)).length === 0) return []

    await client.query("SELECT pg_advisory_lock($1)", [migrationLock])
    if (pendingOf(migrations, await readApplied(client, migrations)).length === 0) return []

    const migrationsList = await toMigrationList(folder, migrations)
    const { appliedMigrationNames } = await withSchemaEngine(ownerUrl, (engine) =>
      engine.applyMigrations({ migrationsList, filters: { externalTables: [], externalEnums: [] } }),
    )
    return appliedMigrationNames
  } finally {
    await client.end()
  }
}

async function readApplied(
  client: pg.Client,
  migrations: Parameters<typeof objectionTo>[0],
): Promise<readonly AppliedMigration[]> {
  const { rows } = await client
    .query<AppliedMigration>(
      `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
       FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
    )
    .catch((error: unknown) => {
      if ((error as { code?: string }).code === undefinedTable) return { rows: [] }
      throw error
    })

  const objection = objectionTo(migrations, rows)
  if (objection !== undefined) throw new StartupError(objection)
  return rows
}

const undefinedTable = "42P01"
