import { forgetOldViews } from "@/lib/attention/old-views.repo"
import { forgetOldEdits } from "@/lib/audit/old-edits.repo"
import { forgetOldLimits } from "@/lib/calls/old-limits.repo"
import { runtime } from "@/lib/env/runtime"
import { forgetOldSessions } from "@/lib/members/old-sessions.repo"
import { forgetOldIdempotency } from "@/lib/operations/old-idempotency.repo"
import { forgetOldRunTokens } from "@/lib/runs/old-run-tokens.repo"
import { forgetOldSimulations } from "@/lib/simulations/old-simulations.repo"

/** How long one run may delete; the next hour goes on (milliseconds). */
const tidyMs = 60_000

/** Forgets what is no longer needed, in batches that hold no lock for long. */
export async function tidy(): Promise<void> {
  await forgetOldSessions()

  const deadline = Date.now() + tidyMs
  for (const forget of [
    forgetOldIdempotency,
    forgetOldRunTokens,
    forgetOldLimits,
    forgetOldSimulations,
    forgetOldViews,
    forgetOldEdits,
  ]) {
    while (!runtime().stopping.aborted && Date.now() < deadline) {
      if ((await forget()) === 0) break
    }
  }
}
