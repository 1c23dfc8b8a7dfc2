import { Section } from "@/components/layout/section"
import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import { shortId } from "@/components/ui/short-id"
import type { Plan } from "@/lib/plans/plan.schema"
import { PlanBadge } from "./plan-badge"
import { callWords } from "./plan-words"

/** The newest plans of a run; nothing where it has none. */
export function RunPlans({ plans }: Readonly<{ plans: readonly Plan[] }>) {
  if (plans.length === 0) return null

  return (
    <Section title="Plans" isFlush>
      <DataTable
        label="Plans of this run"
        rows={plans}
        keyOf={({ planId }) => planId}
        hrefOf={({ planId }) => `/plans/${planId}`}
        columns={[
          {
            head: "Plan",
            cell: ({ planId }) => <span className="font-mono text-xs">{shortId(planId)}</span>,
          },
          { head: "Status", cell: ({ status }) => <PlanBadge status={status} />, onPhone: "bare" },
          {
            head: "For people",
            cell: ({ items }) => callWords(items.length),
            align: "right",
            onPhone: "bare",
          },
          {
            head: "Used",
            cell: ({ items }) => items.filter(({ status }) => status === "consumed").length,
            align: "right",
          },
          { head: "Sent", cell: ({ createdAt }) => <Time at={createdAt} as="age" />, align: "right" },
        ]}
      />
    </Section>
  )
}
