import { runtime } from "@/lib/env/runtime"
import { nextSimulatingTenant, simulateSome } from "@/lib/simulations/running.service"

/** How long one job may simulate: a sweep that is due in the meantime waits for no more (milliseconds). */
const sliceMs = 1_000

/**
 * Takes every simulation that is under way a little further, tenant after tenant.
 *
 * @returns whether there may be more to do
 */
export async function simulateForAWhile(): Promise<boolean> {
  const { stopping } = runtime()
  const deadline = Date.now() + sliceMs
  let after = ""
  while (!stopping.aborted && Date.now() < deadline) {
    const tenantId = await nextSimulatingTenant(after)
    if (tenantId === null && after === "") return false
    if (tenantId !== null) await simulateSome(tenantId)
    after = tenantId ?? ""
  }

  return true
}
