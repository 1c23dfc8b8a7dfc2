import type { TenantDb } from "@/lib/db/tenant-db"

/** How much a simulation has counted so far, by where it is counted; what was not counted is not there. */
export async function findUses(
  db: TenantDb,
  simulationId: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.sql<{ key: string; used: number }>`
    SELECT scope AS key, used FROM simulated_use
    WHERE tenant_id = ${db.tenantId} AND simulation_id = ${simulationId} AND scope = ANY (${[...keys]}::text[])`

  return new Map(rows.map(({ key, used }) => [key, used]))
}

export async function saveUses(
  db: TenantDb,
  simulationId: string,
  used: ReadonlyMap<string, number>,
): Promise<void> {
  if (used.size === 0) return

  await db.sql`
    INSERT INTO simulated_use (tenant_id, simulation_id, scope, used)
    SELECT ${db.tenantId}, ${simulationId}, scope, used
    FROM unnest(${[...used.keys()]}::text[], ${[...used.values()]}::int[]) AS u (scope, used) WHERE used > 0
    ON CONFLICT (tenant_id, simulation_id, scope) DO UPDATE SET used = excluded.used`
}

/** What was counted is of no use once a simulation has ended. */
export async function forgetUses(db: TenantDb, simulationId: string): Promise<void> {
  await db.sql`DELETE FROM simulated_use WHERE tenant_id = ${db.tenantId} AND simulation_id = ${simulationId}`
}
