import type { PersonActor } from "@/lib/access/actor"
import { query } from "@/lib/operations/query"

/** A run with how many of its approvals wait, whoever of all who may decides them. */
export type WaitingRun = Readonly<{
  tenantId: string
  tenantName: string
  runId: string
  workflow: string
  waiting: number
}>

/** So many decisions of one person are listed one by one; of what is more, each run has one row (SPEC 3.3). */
export const listedMax = 50

/** What waits in each run, first where something expires first. */
export const waitingRuns: (actor: PersonActor, _: null) => Promise<readonly WaitingRun[]> = query(
  "approval:read",
  async ({ db }): Promise<readonly WaitingRun[]> =>
    db.$queryRaw<WaitingRun[]>`
      SELECT a.tenant_id AS "tenantId", t.name AS "tenantName", a.run_id AS "runId", r.workflow,
        count(*)::int AS waiting
      FROM approval a
      JOIN run r ON r.tenant_id = a.tenant_id AND r.run_id = a.run_id
      JOIN tenant t ON t.tenant_id = a.tenant_id
      WHERE a.status = 'pending' AND a.expires_at > clock_timestamp()
      GROUP BY a.tenant_id, t.name, a.run_id, r.workflow
      ORDER BY min(a.expires_at), a.run_id LIMIT 500`,
)

type Listed = Readonly<{ runId: string; planId: string | null }>

/**
 * The items that are listed one by one, those of a plan as one, and of each run
 * how many more wait than that.
 */
export function digestOf<Item extends Listed>(
  items: readonly Item[],
  runs: readonly WaitingRun[],
): Readonly<{ listed: readonly Item[]; more: readonly WaitingRun[] }> {
  const decisions = new Set<string>()
  const listed = items.filter((item, at) => {
    const key = item.planId ?? String(at)
    if (decisions.size >= listedMax && !decisions.has(key)) return false
    decisions.add(key)
    return true
  })
  const shownOf = (runId: string) => listed.filter((item) => item.runId === runId).length
  const more = runs.flatMap((run) => {
    const waiting = run.waiting - shownOf(run.runId)
    return waiting > 0 ? [{ ...run, waiting }] : []
  })

  return { listed, more }
}
