import type { PersonActor } from "@/lib/access/actor"
import type { StepUpView } from "@/lib/approvals/step-up.schema"
import { beginStepUp } from "@/lib/approvals/step-up.service"
import { AppError } from "@/lib/errors/app-error"
import { newId } from "@/lib/operations/new-id"
import { derive } from "./deriving.service"
import type { PartialStepUpBody } from "./partial.schema"

/**
 * Says what a person has to sign to approve some parts of a change: the hash of
 * these parts alone, and the approval that is going to be made of them.
 *
 * @throws AppError as `derive` does, `forbidden`, `no_authenticator`
 */
export async function beginPartialStepUp(
  person: PersonActor,
  request: PartialStepUpBody & Readonly<{ approvalId: string }>,
  signal: AbortSignal,
): Promise<StepUpView> {
  const { whole, change } = await derive(person, request, signal)
  if (change.changeHash !== request.derivedHash) throw new AppError("hash_mismatch")

  return beginStepUp(
    person,
    whole,
    { decision: "approve", changeHash: whole.changeHash },
    { approvalId: newId("approval"), changeHash: change.changeHash },
  )
}
