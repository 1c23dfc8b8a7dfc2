import { hotJson } from "@/lib/db/hot-call"
import { runtime } from "@/lib/env/runtime"
import { catchUp } from "@/lib/policies/due-proposals.service"

/** Puts in force every loosening whose notice is over, tenant after tenant, once around. */
export async function applyProposalsDue(): Promise<void> {
  let after = ""
  while (!runtime().stopping.aborted) {
    const tenantId = await hotJson<string>("next_tenant_with_due_proposal", [after], "read")
    if (tenantId === null) return
    await catchUp(tenantId)
    after = tenantId
  }
}
