import type { ComponentProps } from "react"
import { Badge } from "@/components/ui/badge"
import type { Plan } from "@/lib/plans/plan.schema"

/** Where a plan stands. */
export function PlanBadge({ status }: Readonly<{ status: Plan["status"] }>) {
  return <Badge {...badges[status]} />
}

const badges = {
  pending: { tone: "waits", words: "waiting" },
  approved: { tone: "good", words: "approved" },
  denied: { tone: "off", words: "denied" },
  expired: { tone: "soon", words: "expired" },
  cancelled: { tone: "off", words: "cancelled" },
  done: { tone: "good", words: "done" },
} as const satisfies Record<Plan["status"], ComponentProps<typeof Badge>>
