import pg from "pg"

/**
 * How long a statement may run, wait for a lock, or leave its transaction idle (milliseconds;
 * SPEC 4.2.2). The last frees the rows of a node that vanished in the middle of one.
 */
export const timeLimits = {
  statement_timeout: 5_000,
  lock_timeout: 2_000,
  idle_in_transaction_session_timeout: 15_000,
} as const

/** Any number that nobody else uses: nodes that start together change their role one after the other. */
const limitsLock = 4_712_006_519

/**
 * Makes the time limits defaults of the role behind this URL, in this database.
 *
 * A pooler refuses start-up options and forgets SET, and a limit set inside a
 * statement does not bind that statement; what a role may always change is its
 * own defaults. Connections opened from now on have them.
 *
 * @param directUrl past any pooler, whose idle connections would keep the old defaults
 */
export async function ensureTimeLimits(directUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: directUrl, connectionTimeoutMillis: 5_000 })
  await client.connect()

  try {
    const missing = await missingLimits(client)
    if (missing.length === 0) return

    await client.query("BEGIN")
    await client.query("SELECT pg_advisory_xact_lock($1)", [limitsLock])
    const database = client.escapeIdentifier(await currentDatabase(client))
    for (const [name, milliseconds] of missing) {
      await client.query(`ALTER ROLE CURRENT_USER IN DATABASE ${database} SET ${name} = '${milliseconds}ms'`)
    }
    await client.query("COMMIT")
  } finally {
    await client.end()
  }
}

/** A limit that is stricter than ours is somebody's wish and stays. */
async function missingLimits(client: pg.Client): Promise<(readonly [string, number])[]> {
  const { rows } = await client.query<{ name: string; milliseconds: number }>(
    "SELECT name, setting::float8 AS milliseconds FROM pg_settings WHERE name = ANY($1)",
    [Object.keys(timeLimits)],
  )
  const current = new Map(rows.map(({ name, milliseconds }) => [name, milliseconds]))

  return Object.entries(timeLimits).filter(([name, limit]) => {
    const milliseconds = current.get(name) ?? 0
    return milliseconds === 0 || milliseconds > limit
  })
}

async function currentDatabase(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>("SELECT current_database() AS name")
  return rows[0]?.name ?? ""
}
