import type { PersonActor } from "@/lib/access/actor"
import type { AssertionBody } from "@/lib/authenticators/authenticator.schema"
import { AppError } from "@/lib/errors/app-error"
import { notifyChange } from "@/lib/notifications/notifier"
import { command } from "@/lib/operations/command"
import type { ApprovalView } from "./approval.schema"
import { getApproval } from "./approvals.service"
import {
  beginBreakGlass,
  confirmBreakGlass,
  findBroken,
  insertDismissal,
  withdrawBreakGlass,
  type BreakGlassWritten,
} from "./break-glass.repo"
import { writtenApproval } from "./stored-approval.service"
import { verifyStepUp } from "./step-up.service"

/** `stepUp`: what the administrator's authenticator signed, which a vote to approve does not take. */
export type Said = Readonly<{
  approvalId: string
  changeHash: string
  reason: string
  stepUp?: Readonly<{ assertion: AssertionBody }> | undefined
}>

/**
 * Begins to break the glass of an approval that waits: its quorum is set aside
 * once another administrator confirms within 15 minutes (SPEC 4.3).
 *
 * @throws AppError `not_found`, `forbidden`, `separation_of_duties`, `counts_as_one`, `already_voted`, `expired`, `approval_closed`,
 * `hash_mismatch`, `break_glass_off`, `break_glass_open`, `step_up_required`, `step_up_invalid`, `step_up_spent`,
 * `step_up_expired`
 */
export function begin(person: PersonActor, said: Said): Promise<ApprovalView> {
  return saying(person, said, beginBreakGlass)
}

/**
 * The second administrator's word, by which the approval is approved.
 *
 * @throws AppError those of `begin` but `break_glass_open`; `break_glass_closed`, `second_person_required`
 */
export function confirm(person: PersonActor, said: Said): Promise<ApprovalView> {
  return saying(person, said, confirmBreakGlass)
}

/**
 * Ends a break-glass that waits.
 *
 * @throws AppError `not_found`, `forbidden`, `break_glass_closed`
 */
export async function withdraw(person: PersonActor, approvalId: string): Promise<ApprovalView> {
  return settled(approvalId, await withdrawBreakGlass(person.sessionId, approvalId))
}

async function saying(
  person: PersonActor,
  { stepUp, ...said }: Said,
  write: typeof beginBreakGlass,
): Promise<ApprovalView> {
  const { approvalId } = said
  const signed =
    stepUp === undefined
      ? null
      : await verifyStepUp(person, await getApproval({ kind: "person", actor: person }, approvalId), {
          decision: "break_glass",
          assertion: stepUp.assertion,
        })

  return settled(approvalId, await write(person.sessionId, { ...said, stepUp: signed }))
}

function settled(approvalId: string, written: BreakGlassWritten): ApprovalView {
  const { code, tenantId, runId = "", moved = code === null } = written.answer
  if (moved && tenantId !== undefined) notifyChange({ tenantId, approvalId, runId })
  if (code !== null) throw new AppError(code)

  return writtenApproval(written)
}

/**
 * That a person has read of a break-glass and need not be told again.
 *
 * @throws AppError `not_found`
 */
export async function dismissNotice(person: PersonActor, approvalId: string): Promise<ApprovalView> {
  const approval = await getApproval({ kind: "person", actor: person }, approvalId)
  await saveDismissal(person, approval.tenantId, { approvalId, personId: person.personId })

  return approval
}

type Dismissal = Readonly<{ approvalId: string; personId: string }>

const saveDismissal = command("approval:read", async ({ db }, { approvalId, personId }: Dismissal) => {
  const breakGlassId = await findBroken(db, approvalId)
  if (breakGlassId === null) throw new AppError("not_found")
  await insertDismissal(db, breakGlassId, personId)

  return {
    value: undefined,
    events: [
      {
        type: "approval.break_glass_seen",
        subject: { kind: "approval", id: approvalId },
        plain: { approvalId, breakGlassId },
      },
    ],
  }
})
