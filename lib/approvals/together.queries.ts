import type { PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { approvalPage, type ApprovalPageView } from "./approvals.queries"

/** How many are read at a time, so that one page leaves connections to others. */
const atOnce = 4

/** What the page of several changes shows of each, in the order asked for; null where there is none to be seen. */
export async function pagesTogether(
  actor: PersonActor,
  approvalIds: readonly string[],
): Promise<readonly (ApprovalPageView | null)[]> {
  const pages: (ApprovalPageView | null)[] = []
  for (let at = 0; at < approvalIds.length; at += atOnce) {
    const some = approvalIds.slice(at, at + atOnce)
    pages.push(...(await Promise.all(some.map((approvalId) => pageOrNull(actor, approvalId)))))
  }

  return pages
}

async function pageOrNull(actor: PersonActor, approvalId: string): Promise<ApprovalPageView | null> {
  return approvalPage(actor, approvalId).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") return null
    throw error
  })
}
