import { Check, X } from "lucide-react"
import { StatusMark } from "@/components/approvals/status-mark"
import { votedWords } from "@/components/approvals/voted-words"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { Plan } from "@/lib/plans/plan.schema"
import { explainPlan, standingsOf, votesOf } from "./plan-words"

type Props = Readonly<{ status: Plan["status"]; approvals: readonly ApprovalView[] }>

/** What was decided, by whom, and how many calls came to what; it grows while one looks. */
export function PlanOutcome({ status, approvals }: Props) {
  const { title, happened } = explainPlan(status, approvals)

  return (
    <section
      aria-labelledby="outcome-title"
      className="flex flex-col gap-3 border-l-2 border-line-strong pl-4"
    >
      <div role="status" className="flex flex-col gap-1">
        <h2 id="outcome-title" className="text-base font-semibold">
          {title}
        </h2>
        <p className="text-sm text-muted">{happened}</p>
      </div>
      <ul aria-label="What became of its calls" className="flex flex-wrap gap-x-5 gap-y-1">
        {standingsOf(approvals).map(({ call, count }) => (
          <li key={call.approvalId}>
            <StatusMark status={call.status} execution={call.execution} count={count} />
          </li>
        ))}
      </ul>
      <ol className="flex flex-col gap-1 text-sm">
        {votesOf(approvals).map(({ personId, decision, name, reason, at }) => (
          <li key={`${personId} ${at}`} className="flex items-baseline gap-2">
            <span aria-hidden className="shrink-0 translate-y-0.5 text-muted">
              {decision === "approve" ? <Check size={14} /> : <X size={14} />}
            </span>
            <span className="text-muted">
              <Time at={at} as="clock" isFocusable />
            </span>
            <span className="min-w-0">
              {decision === "request_changes" ? "sent back for changes" : votedWords[decision]} by {name}
              {reason !== null && (
                <q className="ml-1 text-muted">
                  <Visible text={reason} />
                </q>
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
