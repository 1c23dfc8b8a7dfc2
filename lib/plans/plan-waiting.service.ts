import { recheckMs, waitSecondsMax } from "@/lib/approvals/waiting.service"
import { runtime } from "@/lib/env/runtime"
import { actorOf } from "@/lib/keys/keys.service"
import { nextWake } from "@/lib/notifications/next-wake"
import type { Asker } from "@/lib/operations/asker"
import type { Plan } from "./plan.schema"
import { getPlan } from "./plans.queries"

/**
 * The plan once none of its items waits any more, or as it is when the time is
 * up. Every wake asks the database again who is asking.
 */
export async function waitForPlan(
  asker: Asker,
  planId: string,
  options: Readonly<{ waitSeconds: number; signal: AbortSignal }>,
): Promise<Plan> {
  const deadline = Date.now() + Math.min(options.waitSeconds, waitSecondsMax) * 1000
  const signal = AbortSignal.any([options.signal, runtime().stopping])

  // Which items it has is known once it was read: until then anything wakes.
  let items: ReadonlySet<string> | null = null

  for (;;) {
    const left = deadline - Date.now()
    const wake = nextWake(
      ({ approvalId }) => items === null || items.has(approvalId),
      Math.max(0, Math.min(recheckMs, left)),
      signal,
    )
    const plan = await getPlan(await actorOf(asker), planId).catch((error: unknown) => {
      wake.cancel()
      throw error
    })
    items = new Set(plan.items.map(({ approvalId }) => approvalId))
    if (plan.status !== "pending" || left <= 0 || signal.aborted) {
      wake.cancel()
      return plan
    }
    await wake.happened
  }
}
