import { may, type PersonActor } from "@/lib/access/actor"
import { databaseTime } from "@/lib/env/runtime"
import { query } from "@/lib/operations/query"
import type { Run } from "./run"
import { runEvents } from "./run-events.queries"
import { withLimitsInForce } from "./run-limits.service"
import { runRules, type RunRules } from "./run-rules"
import { runTaint, runUsage, type RunTaint } from "./run-usage.queries"
import type { RunEvent } from "./run.schema"
import { findRun, runView } from "./runs.queries"
import { sharedLimits, type SharedLimit } from "./shared-limits.service"

export type RunPageView = Readonly<{
  run: Pick<Run, "runId" | "tenantId" | "environment" | "workflow" | "step" | "status"> &
    Readonly<{
      tenantName: string
      agent: string
      model: string | null
      /** Null when the operator is no longer somebody this person may know of. */
      operatorName: string | null
      openedAt: string
      closedAt: string | null
    }>
  /** What holds for the run beside its policy's rules: limits, and which tools it may use. */
  rules: RunRules
  /** What an open run shares with its client's other runs. */
  shared: readonly SharedLimit[]
  /** That it read what is not trusted; null when it did not. */
  taint: RunTaint | null
  events: readonly RunEvent[]
  /** What closing the run would cancel: what waits for people, and what they approved and nobody spent yet. */
  open: Readonly<{ pending: number; approved: number }>
  mayClose: boolean
  /** Where the next page of events begins; null on the last. */
  nextCursor: string | null
}>

/**
 * Everything the run page shows: the run, and one page of what happened in it.
 *
 * @throws AppError `not_found`, `invalid_cursor`
 */
export async function runPage(actor: PersonActor, runId: string, cursor?: string): Promise<RunPageView> {
  const run = await findRun(actor, runId)
  const [operatorName, open, view, usage, taint, { items, nextCursor }] = await Promise.all([
    personName(actor, run.operatorId),
    openApprovals(actor, run),
    runView(actor, runId).then(withLimitsInForce),
    runUsage(actor, run),
    runTaint(actor, run),
    runEvents(actor, { runId, ...(cursor === undefined ? {} : { cursor }) }),
  ])
  const { tenantId, environment, workflow, step, status } = run
  const tools = view.allowedTools
  const shared = status === "open" ? await sharedLimits(actor, { tenantId, tools }) : []

  return {
    run: {
      ...{ runId, tenantId, environment, workflow, step, status },
      tenantName: actor.tenants.find((tenant) => tenant.tenantId === tenantId)?.name ?? tenantId,
      agent: run.actorAgent,
      model: run.actorModel,
      operatorName,
      openedAt: run.openedAt.toISOString(),
      closedAt: run.closedAt?.toISOString() ?? null,
    },
    rules: runRules(run, view, usage, new Date(databaseTime())),
    shared,
    taint,
    events: items,
    open,
    mayClose: status === "open" && may(actor, "run:close", tenantId),
    nextCursor,
  }
}

const personName = query("run:read", async ({ db }, personId: string): Promise<string | null> => {
  const person = await db.person.findFirst({ where: { personId }, select: { name: true } })
  return person?.name ?? null
})

const openApprovals = query("run:read", async ({ db, now }, { tenantId, runId }: Run) => {
  const pending = { tenantId, runId, status: "pending", expiresAt: { gt: now } }
  const approved = { tenantId, runId, status: "approved", useBy: { gt: now } }

  return {
    pending: await db.approval.count({ where: pending }),
    approved: await db.approval.count({ where: approved }),
  }
})
