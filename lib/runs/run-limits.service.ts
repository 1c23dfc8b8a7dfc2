import { inTenant } from "@/lib/db/tenant-db"
import { runtime } from "@/lib/env/runtime"
import { policyInForce } from "@/lib/policies/policies.service"
import { runLimits } from "@/lib/policies/tier-rules"
import { lowerLimits } from "./run-limits"
import { findPolicyVersion } from "./runs.repo"
import type { RunView } from "./run.schema"

/** A run with the limits that it is held to: its own and those of the policy in force, whichever is lower. */
export async function withLimitsInForce(run: RunView): Promise<RunView> {
  try {
    const version = await inTenant(run.tenantId, findPolicyVersion)
    const { document } = await policyInForce(run.tenantId, version)

    return { ...run, limits: lowerLimits(runLimits(document.limits?.run), run.limits) }
  } catch (error) {
    // Every call is refused then, so that there is nothing to be said of limits.
    runtime().logger.warn({ err: error }, "the limits in force cannot be had")
    return run
  }
}
