import type { PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import type { ViewBody, ViewReceipt } from "./view.schema"
import { recordView } from "./views.repo"

/**
 * Keeps what a person's page had on screen of a change. It is that page's word
 * (ADR 0055), which costs no leaf of the log: class B.
 *
 * @throws AppError `not_found`, `hash_mismatch`
 */
export async function reportView(
  person: PersonActor,
  view: ViewBody & Readonly<{ approvalId: string }>,
): Promise<ViewReceipt> {
  const recorded = await recordView(person.sessionId, view)
  if (recorded === null) throw new AppError("internal")
  if (recorded.code !== null) throw new AppError(recorded.code)

  return { isKept: recorded.isKept }
}
