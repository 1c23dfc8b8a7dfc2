import type { ReadDb } from "@/lib/db/read-db"
import type { CanaryCounts, OwnCanaryCounts } from "./canary.schema"

type Row = Readonly<{
  tenantId: string
  name: string
  status: "denied" | "approved" | "expired"
  deviation: CanaryCounts["through"][number]["deviation"]
  count: number
}>

/** What became of canaries since a time, by client; of one client, or of all that the reader sees. */
export async function countCanaries(
  db: ReadDb,
  from: Date,
  tenantId: string | null,
): Promise<CanaryCounts[]> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT c.tenant_id AS "tenantId", t.name, c.status, c.deviation, count(*)::int AS count
    FROM canary c JOIN tenant t ON t.tenant_id = c.tenant_id
    WHERE c.ended_at >= ${from} AND c.status IN ('denied', 'approved', 'expired')
      AND (${tenantId}::text IS NULL OR c.tenant_id = ${tenantId})
    GROUP BY c.tenant_id, t.name, c.status, c.deviation
    ORDER BY t.name, c.tenant_id, count DESC, c.deviation`

  return rows
    .filter((row, index) => rows[index - 1]?.tenantId !== row.tenantId)
    .map((first) =>
      countsOf(
        first,
        rows.filter((row) => row.tenantId === first.tenantId),
      ),
    )
}

function countsOf({ tenantId, name }: Row, rows: readonly Row[]): CanaryCounts {
  const of = (status: Row["status"]) =>
    rows.filter((row) => row.status === status).reduce((sum, { count }) => sum + count, 0)

  return {
    tenantId,
    name,
    denied: of("denied"),
    approved: of("approved"),
    expired: of("expired"),
    through: rows
      .filter(({ status }) => status === "approved")
      .map(({ deviation, count }) => ({ deviation, count })),
  }
}

/** How one person voted on those that have ended. */
export async function countOwnCanaries(db: ReadDb, from: Date, personId: string): Promise<OwnCanaryCounts> {
  const [counts] = await db.$queryRaw<OwnCanaryCounts[]>`
    SELECT count(*) FILTER (WHERE v.decision <> 'approve')::int AS noticed,
      count(*) FILTER (WHERE v.decision = 'approve')::int AS missed
    FROM canary c
    JOIN vote v ON v.tenant_id = c.tenant_id AND v.approval_id = c.approval_id AND v.person_id = ${personId}
    WHERE c.ended_at >= ${from} AND c.status IN ('denied', 'approved', 'expired')`

  return counts ?? { noticed: 0, missed: 0 }
}
