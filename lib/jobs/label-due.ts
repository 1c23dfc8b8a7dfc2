import { nextClosingTenant } from "@/lib/approvals/expiry.repo"
import { labelExpired, warnOfClosing } from "@/lib/approvals/expiry.service"
import { sweepCanaries } from "@/lib/canaries/releasing.service"
import { hotJson } from "@/lib/db/hot-call"
import { runtime } from "@/lib/env/runtime"
import { labelOverdue } from "@/lib/executions/overdue.service"
import { applyProposalsDue } from "./due-proposals"
import { nextUnsweptTenant, sweepStops } from "@/lib/stops/stops.service"

/** How many rows of one kind one transaction labels. */
const batch = 50

/** A sweep ends after this long even if there is more to do: its successor goes on (milliseconds). */
const sweepMs = 20_000

/**
 * Writes down everything that the clock has decided, tenant after tenant. A
 * tenant that fails does not keep the others waiting.
 */
export async function labelWhatIsDue(): Promise<void> {
  const { stopping, logger } = runtime()
  const deadline = Date.now() + sweepMs
  let labelled = 0
  let after = ""

  await sweepWhatIsStopped(deadline)
  await applyProposalsDue()
  await warnOfWhatIsClosing(deadline)
  while (!stopping.aborted && Date.now() < deadline) {
    const tenantId = await hotJson<string>("next_due_tenant", [after], "read")
    if (tenantId === null) {
      // Once around: again as long as there was something, because one batch may not have been all.
      if (labelled === 0) break
      labelled = 0
      after = ""
      continue
    }

    after = tenantId
    labelled += await labelTenant(tenantId).catch((error: unknown) => {
      logger.error({ err: error, tenantId }, "what is due could not be labelled")
      return 0
    })
  }
  // Last, for nobody waits for it.
  await sweepCanaries(deadline)
}

/** Kill switches first: what slipped in while one was thrown is cancelled. */
async function sweepWhatIsStopped(deadline: number): Promise<void> {
  const { stopping, logger } = runtime()
  let after = await nextUnsweptTenant("")
  while (after !== null && !stopping.aborted && Date.now() < deadline) {
    const tenantId = after
    await sweepStops(tenantId).catch((error: unknown) => {
      logger.error({ err: error, tenantId }, "what was stopped could not be gone over again")
    })
    after = await nextUnsweptTenant(tenantId)
  }
}

/** What more than a batch of one client is about to lapse is told of at the next sweep. */
async function warnOfWhatIsClosing(deadline: number): Promise<void> {
  const { stopping, logger } = runtime()
  let after = await nextClosingTenant("")
  while (after !== null && !stopping.aborted && Date.now() < deadline) {
    const tenantId = after
    await warnOfClosing(tenantId, batch).catch((error: unknown) => {
      logger.error({ err: error, tenantId }, "nobody could be warned of what is about to lapse")
    })
    after = await nextClosingTenant(tenantId)
  }
}

async function labelTenant(tenantId: string): Promise<number> {
  return (await labelExpired(tenantId, batch)) + (await labelOverdue(tenantId, batch))
}
