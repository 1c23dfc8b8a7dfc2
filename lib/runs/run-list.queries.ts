import type { Actor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { isId } from "@/lib/kernel/id"
import { query } from "@/lib/operations/query"
import { environments, type Environment } from "@/lib/tools/tool"

/** Which runs are asked for; whatever is left out does not matter. */
export type RunFilter = Readonly<{
  tenantId?: string | undefined
  environment?: Environment | undefined
  status?: "open" | "closed" | undefined
  /** The last id of the page before. */
  cursor?: string | undefined
}>

export type RunListItem = Readonly<{
  runId: string
  tenantId: string
  tenantName: string
  environment: Environment
  workflow: string
  step: string | null
  status: "open" | "closed"
  agent: string
  openedAt: string
  closedAt: string | null
  /** Tool calls in it; those refused; approvals that wait for people now. */
  calls: number
  denied: number
  pending: number
}>

export type RunList = Readonly<{ items: readonly RunListItem[]; nextCursor: string | null }>

const pageSize = 50

/**
 * Runs that an actor may see, newest first, a page at a time: a person's in
 * their tenants, a key's in its environments, a run token's own.
 *
 * @throws AppError `invalid_cursor`
 */
export const listRuns: (actor: Actor, filter: RunFilter) => Promise<RunList> = query(
  "run:read",
  async ({ actor, db, now }, { tenantId, environment, status, cursor }: RunFilter): Promise<RunList> => {
    if (cursor !== undefined && !isId("run", cursor)) throw new AppError("invalid_cursor")

    const tenants = tenantsOf(actor).filter((known) => tenantId === undefined || known === tenantId)
    const names = new Map(await namesOf(db, tenants))
    const tenantIds = [...names.keys()]
    const reached = actor.kind === "key" ? [...actor.environments] : [...environments]
    const runId = actor.kind === "key" ? (actor.token?.runId ?? null) : null
    // A page of each tenant by its index, then the newest of them: the table may be of any length.
    const rows = await db.$queryRaw<Row[]>`
      WITH page AS MATERIALIZED (
        SELECT found.*
        FROM unnest(${tenantIds}::text[]) AS wanted (tenant_id)
        CROSS JOIN LATERAL (
          SELECT run.* FROM run
          WHERE run.tenant_id = wanted.tenant_id
            AND run.run_id < coalesce(${cursor ?? null}::text, 'run_~')
            AND run.environment = ANY (${reached}::text[])
            AND run.run_id = coalesce(${runId}::text, run.run_id)
            AND run.environment = coalesce(${environment ?? null}::text, run.environment)
            AND run.status = coalesce(${status ?? null}::text, run.status)
          ORDER BY run.run_id DESC LIMIT ${pageSize + 1}
        ) AS found
        ORDER BY found.run_id DESC LIMIT ${pageSize + 1}
      )
      SELECT page.tenant_id AS "tenantId", page.run_id AS "runId", page.environment, page.workflow, page.step,
        page.status, page.actor_agent AS agent, page.opened_at AS "openedAt", page.closed_at AS "closedAt",
        call.total AS calls, call.denied, waiting.total AS pending
      FROM page
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS total, (count(*) FILTER (WHERE decision = 'deny'))::int AS denied
        FROM tool_call WHERE tenant_id = page.tenant_id AND run_id = page.run_id
      ) AS call
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS total FROM approval
        WHERE tenant_id = page.tenant_id AND run_id = page.run_id AND status = 'pending' AND expires_at > ${now}
      ) AS waiting
      ORDER BY page.run_id DESC`
    const shown = rows.slice(0, pageSize)

    return {
      items: shown.map((row) => toItem(row, names)),
      nextCursor: rows.length > pageSize ? (shown.at(-1)?.runId ?? null) : null,
    }
  },
)

function tenantsOf(actor: Actor): readonly string[] {
  return actor.kind === "key" ? [actor.tenantId] : actor.tenants.map(({ tenantId }) => tenantId)
}

async function namesOf(db: ReadDb, tenantIds: readonly string[]): Promise<(readonly [string, string])[]> {
  const tenants = await db.tenant.findMany({
    where: { tenantId: { in: [...tenantIds] } },
    select: { tenantId: true, name: true },
  })

  return tenants.map(({ tenantId, name }) => [tenantId, name])
}

type Row = Omit<RunListItem, "tenantName" | "environment" | "status" | "openedAt" | "closedAt"> &
  Readonly<{ environment: string; status: string; openedAt: Date; closedAt: Date | null }>

function toItem(row: Row, names: ReadonlyMap<string, string>): RunListItem {
  return {
    ...row,
    tenantName: names.get(row.tenantId) ?? row.tenantId,
    environment: environments.find((name) => name === row.environment) ?? "prod",
    status: row.status === "open" ? "open" : "closed",
    openedAt: row.openedAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
  }
}
