import type { PersonActor } from "@/lib/access/actor"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { getApproval } from "@/lib/approvals/approvals.service"
import type { Plan } from "./plan.schema"
import { getPlan } from "./plans.queries"

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
  for (const { approvalId } of plan.items)
    approvals.push(await getApproval({ kind: "person", actor }, approvalId))

  return { plan, approvals }
}
