import pg from "pg"
import { inject } from "vitest"
import { urlOf } from "./postgres"
import { until, type World } from "./world"

/**
 * Holds a row's lock as somebody else would, until `release`.
 *
 * @param select what to lock, as a SELECT … FOR UPDATE
 */
export async function holdLock(
  world: World,
  select: string,
  values: readonly unknown[],
): Promise<Readonly<{ release: () => Promise<void> }>> {
  const client = new pg.Client({
    connectionString: urlOf(inject("postgres").superuserUrl, { database: world.owner.database ?? "" }),
  })
  await client.connect()
  await client.query("BEGIN")
  await client.query(select, [...values])

  return {
    release: async () => {
      await client.query("COMMIT")
      await client.end()
    },
  }
}

/** Resolves once this many requests wait for a lock. */
export function someoneWaits({ su }: World, count = 1): Promise<void> {
  return until(`${count} wait for a lock`, async () => {
    const { rowCount } = await su.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    return (rowCount ?? 0) >= count
  })
}
