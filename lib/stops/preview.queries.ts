import type { PersonActor } from "@/lib/access/actor"
import { query } from "@/lib/operations/query"
import type { StopScope } from "./stop"

/** What a stop reaches: runs or keys by id, tools as `server/name` with or without `/version`, or whole tenants. */
export type Reach = Readonly<{ scope: StopScope; tenantIds: readonly string[]; subjects: readonly string[] }>

export type ReachCounts = Readonly<{
  keys: number
  openRuns: number
  pendingApprovals: number
  approvedApprovals: number
  executionsUnderWay: number
}>

/** What is under way within the reach of a stop, in one look. */
export const countReach: (actor: PersonActor, reach: Reach) => Promise<ReachCounts> = query(
  "kill:read",
  async ({ db }, { scope, ...reach }: Reach) => {
    const tenantIds = [...reach.tenantIds]
    const subjects = [...reach.subjects]
    const isAll = scope === "tenant" || scope === "agency"
    const [counts] = await db.$queryRaw<ReachCounts[]>`
    WITH open_approval AS MATERIALIZED (
      SELECT a.status FROM approval a
      WHERE a.tenant_id = ANY (${tenantIds}::text[])
        AND (a.status = 'pending' AND a.expires_at > now() OR a.status = 'approved' AND a.use_by > now())
        AND (${isAll}::boolean
          OR ${scope}::text = 'run' AND a.run_id = ANY (${subjects}::text[])
          OR ${scope}::text = 'key' AND a.key_id = ANY (${subjects}::text[])
          OR ${scope}::text = 'tool' AND EXISTS (
            SELECT FROM tool_call c WHERE c.tenant_id = a.tenant_id AND c.call_id = a.call_id
              AND ARRAY[concat_ws('/', c.server, c.name), concat_ws('/', c.server, c.name, c.version)]
                && ${subjects}::text[]))
    )
    SELECT
      (SELECT count(*)::int FROM api_key k
        WHERE k.tenant_id = ANY (${tenantIds}::text[]) AND k.revoked_at IS NULL AND k.expires_at > now()
          AND (${isAll}::boolean OR ${scope}::text = 'key' AND k.key_id = ANY (${subjects}::text[]))) AS "keys",
      (SELECT count(*)::int FROM run r
        WHERE r.tenant_id = ANY (${tenantIds}::text[]) AND r.status = 'open'
          AND (${isAll}::boolean
            OR ${scope}::text = 'run' AND r.run_id = ANY (${subjects}::text[])
            OR ${scope}::text = 'key' AND r.key_id = ANY (${subjects}::text[]))) AS "openRuns",
      (SELECT count(*)::int FROM open_approval WHERE status = 'pending') AS "pendingApprovals",
      (SELECT count(*)::int FROM open_approval WHERE status = 'approved') AS "approvedApprovals",
      (SELECT count(*)::int FROM execution e
        WHERE e.tenant_id = ANY (${tenantIds}::text[]) AND e.status = 'started'
          AND e.started_at > now() - interval '15 minutes'
          AND (${isAll}::boolean
            OR ${scope}::text = 'run' AND e.run_id = ANY (${subjects}::text[])
            OR ${scope}::text = 'key' AND e.key_id = ANY (${subjects}::text[])
            OR ${scope}::text = 'tool' AND EXISTS (
              SELECT FROM tool_call c WHERE c.tenant_id = e.tenant_id AND c.call_id = e.call_id
                AND ARRAY[concat_ws('/', c.server, c.name), concat_ws('/', c.server, c.name, c.version)]
                  && ${subjects}::text[]))) AS "executionsUnderWay"`

    return (
      counts ?? { keys: 0, openRuns: 0, pendingApprovals: 0, approvedApprovals: 0, executionsUnderWay: 0 }
    )
  },
)
