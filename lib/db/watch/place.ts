import type pg from "pg"
import type { Place } from "./standing"

/**
 * Which server this is. Any role may ask on PostgreSQL as it comes; managed
 * services that refuse leave it unknown.
 */
export async function placeOf(client: Pick<pg.Client, "query">): Promise<Place> {
  const timeline =
    (await told(client, "SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS word")) ??
    // The one of the last checkpoint: a promotion shows here some seconds later.
    (await told(client, "SELECT lpad(to_hex(timeline_id), 8, '0') AS word FROM pg_control_checkpoint()"))

  return {
    systemIdentifier: await told(client, "SELECT system_identifier::text AS word FROM pg_control_system()"),
    timeline: timeline?.toUpperCase() ?? null,
  }
}

/** Insufficient privilege, no such function, not supported, not in this state. */
const refusals: ReadonlySet<unknown> = new Set(["42501", "42883", "0A000", "55000"])

async function told(client: Pick<pg.Client, "query">, question: string): Promise<string | null> {
  try {
    const { rows } = await client.query<{ word: string }>(question)
    return rows[0]?.word ?? null
  } catch (error) {
    if (refusals.has((error as { code?: unknown }).code)) return null
    throw error
  }
}
