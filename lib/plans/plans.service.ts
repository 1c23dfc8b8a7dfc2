import { planHash } from "@deltaseal/guard/change"
import type { Actor, PersonActor } from "@/lib/access/actor"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { cancelOpenApprovals, getApproval } from "@/lib/approvals/approvals.service"
import { voteRefusal } from "@/lib/approvals/vote-refusal"
import type { AuditEvent } from "@/lib/audit/audit-event"
import { limitsTogether } from "@/lib/calls/call-limits"
import { AppError } from "@/lib/errors/app-error"
import { authenticateKey } from "@/lib/keys/keys.service"
import { notifyChange } from "@/lib/notifications/notifier"
import { authorise, command } from "@/lib/operations/command"
import { findPriorId } from "@/lib/operations/idempotency.repo"
import { newId } from "@/lib/operations/new-id"
import { planCallsMax, type Plan, type PlanVoteBody } from "./plan.schema"
import { itemsOf, judgePlan, type PlanRequest } from "./planned-calls.service"
import { getPlan } from "./plans.queries"
import { castPlanVote, insertPlan, isPlannedBy } from "./plans.repo"

/**
 * Puts the calls that an agent intends to make before people, as one. Either
 * each of them may be asked for, or nothing is kept.
 *
 * @throws AppError `unauthenticated`, `scope_missing`, `not_found` for the run, `policy_denied`, `invalid_input`,
 * `plan_empty`, `limit_exceeded`, and the code of whatever is wrong with one of the changes
 */
export async function createPlan(request: PlanRequest): Promise<Plan> {
  const { credential, idempotency } = request
  const actor = await authenticateKey(credential)
  const { tenantId, keyId } = actor
  authorise(actor, "plan:create", tenantId)
  const create = idempotency && { keyId, route: "POST /plans", idempotency }
  const priorId = create && (await findPriorId(tenantId, create))
  if (priorId !== null) return getPlan(actor, priorId)

  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const planId = await createOnce(request, tenantId)
    if (planId !== null) return getPlan(actor, planId)
  }

  throw new AppError("unavailable", "The rules are changing right now.", { retryAfterSeconds: 1 })
}

/** How often a plan is judged again because the rules moved while it was. */
const attemptsMax = 4

/** The plan's id; null when the judgement rested on what is no longer so. */
async function createOnce(request: PlanRequest, tenantId: string): Promise<string | null> {
  const { credential, body, idempotency } = request
  const { runId, useWithinSeconds, reason = null } = body
  const judged = await judgePlan(request)
  const planId = newId("plan")
  const items = itemsOf(judged, { planId, useWithinSeconds })
  const changeHashes = judged.held.map(({ change }) => change.changeHash)
  const recorded = await insertPlan(credential, {
    rulesVersion: judged.rulesVersion,
    plan: {
      ...{ planId, runId, reason, useWithinSeconds, free: judged.free },
      planHash: planHash({ tenantId, runId, changeHashes }),
      limits: limitsTogether(items.map(({ stored }) => stored.limits)),
    },
    items: items.map(({ stored, envelope, left }) => ({
      call: { ...stored, limits: [], ...(left === null ? {} : { leftBehind: left }) },
      envelope: envelope ?? new Uint8Array(),
    })),
    contents: [
      ...new Map(items.flatMap(({ contents }) => contents).map((one) => [one.digest, one])).values(),
    ],
    idempotency,
  })

  switch (recorded.code) {
    case null:
      for (const { stored } of items) announce({ tenantId, runId }, stored.approval?.approvalId ?? "")
      return planId
    case "rules_moved":
      return null
    case "prior":
      if (recorded.prior === null) throw new AppError("idempotency_in_flight")
      if (recorded.prior.code !== undefined) throw new AppError(recorded.prior.code)
      return recorded.prior.resourceId
    case "run_closed":
      throw new AppError("policy_denied", undefined, { reasons: [runClosed] })
    case "unauthenticated":
    case "not_found":
    case "scope_missing":
      throw new AppError(recorded.code)
  }
}

const runClosed = { code: "run_closed", message: "The run was closed a moment ago." } as const

/**
 * Casts a person's vote on the items of a plan, on all of them or on none.
 *
 * @throws AppError `reason_required`, `not_found`, `hash_mismatch`, `plan_closed`, and what a vote on one of the
 * items is refused with
 */
export async function votePlan(
  person: PersonActor,
  vote: PlanVoteBody & Readonly<{ planId: string }>,
): Promise<Plan> {
  const { planId, decision, planHash: seenHash, reason = null, approvalIds = null } = vote
  if (decision !== "approve" && reason === null) throw new AppError("reason_required")

  const answer = await castPlanVote(person.sessionId, {
    ...{ planId, decision, reason },
    planHash: seenHash,
    approvalIds: approvalIds && [...new Set(approvalIds)],
    itemsMax: planCallsMax,
  })
  if (answer === null) throw new AppError("internal")
  if (answer.code !== null) throw voteRefusal(answer.code, answer.edited)
  for (const approvalId of answer.approvalIds) announce(answer, approvalId)

  return getPlan(person, planId)
}

/**
 * Cancels what is still open of a plan. Whoever asked for it, or an admin, may.
 *
 * @throws AppError `not_found`, `forbidden`, `plan_closed`
 */
export async function cancelPlan(actor: Actor, planId: string): Promise<Plan> {
  const { tenantId, runId } = await getPlan(actor, planId)
  const approvalIds = await cancelItems(actor, tenantId, { planId, runId })
  for (const approvalId of approvalIds) announce({ tenantId, runId }, approvalId)

  return getPlan(actor, planId)
}

const cancelItems = command(
  "plan:cancel",
  async ({ actor, db }, { planId, runId }: Readonly<{ planId: string; runId: string }>) => {
    if (actor.kind === "key" && !(await isPlannedBy(db, planId, actor.familyId)))
      throw new AppError("forbidden")

    const { approvalIds, events } = await cancelOpenApprovals(db, { planId }, "withdrawn")
    if (approvalIds.length === 0) throw new AppError("plan_closed")
    const cancelled: AuditEvent = {
      type: "plan.cancelled",
      subject: { kind: "plan", id: planId },
      plain: { runId, planId, items: approvalIds.length, code: "withdrawn" },
    }

    return { value: approvalIds, events: [cancelled, ...events] as const }
  },
)

function announce(
  { tenantId, runId }: Readonly<{ tenantId: string; runId: string }>,
  approvalId: string,
): void {
  notifyChange({ tenantId, approvalId, runId })
}

/** A plan with the approval of each of its items, in their order. */
export type PlanPage = Readonly<{ plan: Plan; approvals: readonly ApprovalView[] }>

/**
 * Everything that people review of a plan.
 *
 * @throws AppError `not_found`
 */
export async function planForPage(actor: PersonActor, planId: string): Promise<PlanPage> {
  const plan = await getPlan(actor, planId)
  const approvals: ApprovalView[] = []
  for (const { approvalId } of plan.items) {
    approvals.push(await getApproval({ kind: "person", actor }, approvalId))
  }

  return { plan, approvals }
}
