import type { PersonActor } from "@/lib/access/actor"
import type { VoteDecision } from "@/lib/approvals/approval"
import type { ApprovalView, VoteBody } from "@/lib/approvals/approval.schema"
import { getApproval } from "@/lib/approvals/approvals.service"
import { denyIn } from "@/lib/approvals/denying.service"
import type { RecentEdit } from "@/lib/approvals/recent-edit"
import { voteRefusal } from "@/lib/approvals/vote-refusal"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError, type ErrorCode } from "@/lib/errors/app-error"
import { notifyChange } from "@/lib/notifications/notifier"
import { command } from "@/lib/operations/command"
import { denyPlanIn } from "@/lib/plans/denying.service"
import type { Plan, PlanVoteBody } from "@/lib/plans/plan.schema"
import { getPlan } from "@/lib/plans/plans.queries"
import { endIn, holdRun, tellOf } from "@/lib/runs/runs.service"

type Denial<Body> = Omit<Body, "stopRun">

/**
 * Denies a change and stops the run that asked for it, with all else that waits
 * in it: both in one transaction, or neither.
 *
 * @throws AppError `forbidden` for who may not stop runs, and whatever the denial is refused with
 */
export async function denyAndStop(
  person: PersonActor,
  { approvalId, decision, changeHash, reason }: Denial<VoteBody> & Readonly<{ approvalId: string }>,
): Promise<ApprovalView> {
  const said = saidIn(decision, reason)
  const asker = { kind: "person", actor: person } as const
  const { tenantId, runId } = await getApproval(asker, approvalId)
  await stopWith(person, { tenantId, runId, reason: said }, async (db) => {
    const answer = await denyIn(db, person.sessionId, { approvalId, changeHash, reason: said })
    return { ...answer, approvalIds: [approvalId] }
  })

  return getApproval(asker, approvalId)
}

/** The same for all calls of a plan. */
export async function denyPlanAndStop(
  person: PersonActor,
  { planId, decision, planHash, reason, approvalIds }: Denial<PlanVoteBody> & Readonly<{ planId: string }>,
): Promise<Plan> {
  const said = saidIn(decision, reason)
  const { tenantId, runId } = await getPlan(person, planId)
  await stopWith(person, { tenantId, runId, reason: said }, async (db) =>
    denyPlanIn(db, person.sessionId, {
      ...{ planId, planHash, reason: said },
      approvalIds: approvalIds === undefined ? null : [...new Set(approvalIds)],
    }),
  )

  return getPlan(person, planId)
}

function saidIn(decision: VoteDecision, reason: string | undefined): string {
  if (decision !== "deny") throw new AppError("invalid_request", "Only a denial can stop the run with it.")
  if (reason === undefined) throw new AppError("reason_required")

  return reason
}

type Stop = Readonly<{ tenantId: string; runId: string; reason: string }>

/** A refusal, or the approvals that were denied. */
type Denied = Readonly<{
  code?: ErrorCode | null
  edited?: RecentEdit | null
  approvalIds?: readonly string[]
}>

async function stopWith(
  person: PersonActor,
  { tenantId, ...stop }: Stop,
  deny: (db: TenantDb) => Promise<Denied | null>,
): Promise<void> {
  const { denied, cancelled } = await denyInRun(person, tenantId, { ...stop, deny })
  for (const approvalId of denied) notifyChange({ tenantId, approvalId, runId: stop.runId })
  tellOf(tenantId, stop.runId, cancelled)
}

type Denying = Omit<Stop, "tenantId"> & Readonly<{ deny: (db: TenantDb) => Promise<Denied | null> }>

const denyInRun = command("kill:switch", async ({ db }, { runId, reason, deny }: Denying) => {
  await holdRun(db, runId)
  const answer = await deny(db)
  if (answer?.code === undefined) throw new AppError("internal")
  if (answer.code !== null) throw voteRefusal(answer.code, answer.edited)

  const { value, events } = await endIn(db, { runId, reason })
  const [first, ...rest] = events
  if (value === null || first === undefined) throw new AppError("run_closed")

  return { value: { denied: answer.approvalIds ?? [], cancelled: value }, events: [first, ...rest] as const }
})
