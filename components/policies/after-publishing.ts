"use client"

import { useRouter } from "next/navigation"
import type { z } from "zod"
import { say } from "@/components/ui/said-line"
import type { PublicationView } from "@/lib/policies/policy-version.schema"
import { policyPath } from "./policy-paths"

/** Where one goes once a policy is published, or kept for a second person: both are said. */
export function useAfterPublishing(tenantId: string): (value: unknown) => void {
  const router = useRouter()

  return (value) => {
    const { result, version, proposalId } = value as z.infer<typeof PublicationView>
    if (result === "published") {
      say(`Version ${version} is in force.`)
      router.push(policyPath(tenantId))
    } else {
      say("It is proposed. It does not hold yet.")
      router.push(policyPath(tenantId, `/proposals/${proposalId}`))
    }
    router.refresh()
  }
}
