import { Logger, runMigrations } from "graphile-worker"
import pg from "pg"
import { StartupError } from "@/lib/errors/startup-error"
import { appRole } from "./embedded/roles"

/** Any number that nobody else uses: nodes that start together make the queue one after the other. */
const queueLock = 4_712_006_520

/** The revision that the installed library leaves its tables at; a test compares it with the package. */
export const queueRevision = 18

/**
 * Lets the job queue's library make or upgrade its own tables, as their owner,
 * and opens them to the role that serves, which may make nothing.
 *
 * @param ownerUrl the role that owns the tables; of a queue that is up to date also one that only serves
 * @throws StartupError when the queue has to be made or upgraded and the role may not
 */
export async function prepareQueue(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()

  try {
    if (await isReady(client)) return

    await client.query("BEGIN")
    await client.query("SELECT pg_advisory_xact_lock($1)", [queueLock])
    if (await isReady(client)) return

    await assertMayMake(client)
    await runMigrations({ connectionString: ownerUrl, maxPoolSize: 2, logger: silent })
    await client.query(opening)
    await client.query("COMMIT")
  } finally {
    await client.end()
  }
}

/** Ready when its revision is ours or newer and the role that serves may see it, which is granted last. */
async function isReady(client: pg.Client): Promise<boolean> {
  const { rows: found } = await client.query<{ open: boolean | null }>(
    `SELECT has_schema_privilege($1, oid, 'USAGE') AND has_table_privilege($1, to_regclass('graphile_worker.migrations'), 'SELECT')
       AS open FROM to_regnamespace('graphile_worker') AS oid`,
    [appRole],
  )
  if (found[0]?.open !== true) return false

  const { rows } = await client.query<{ revision: number | null }>(
    "SELECT max(id) AS revision FROM graphile_worker.migrations",
  )
  return (rows[0]?.revision ?? 0) >= queueRevision
}

async function assertMayMake(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ may: boolean }>(
    "SELECT has_database_privilege(current_database(), 'CREATE') AS may",
  )
  if (rows[0]?.may === true) return

  throw new StartupError(
    "The database needs the job queue of this version, and the role that serves may not make it; set DATABASE_OWNER_URL.",
  )
}

/**
 * The library switches row-level security on and counts on being the owner. A
 * job says which rows to look at and holds nothing of them, so the role that
 * serves may see every job; the rows are looked at bound to their tenant.
 */
const opening = `
  DO $$
  DECLARE
    v_table text;
  BEGIN
    FOR v_table IN
      SELECT relname FROM pg_class
      WHERE relnamespace = 'graphile_worker'::regnamespace AND relkind = 'r' AND relname <> 'migrations'
    LOOP
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON graphile_worker.%I TO ${appRole}', v_table);
      EXECUTE format('DROP POLICY IF EXISTS worker ON graphile_worker.%I', v_table);
      EXECUTE format(
        'CREATE POLICY worker ON graphile_worker.%I TO ${appRole} USING (true) WITH CHECK (true)', v_table);
    END LOOP;
  END
  $$;
  GRANT SELECT ON graphile_worker.migrations TO ${appRole};
  GRANT USAGE ON SCHEMA graphile_worker TO ${appRole}`

const silent = new Logger(() => () => undefined)
