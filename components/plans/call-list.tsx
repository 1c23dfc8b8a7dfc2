import { StatusMark } from "@/components/approvals/status-mark"
import { flagWords } from "@/components/diffs/flag-words"
import { CallNumber } from "@/components/ui/call-number"
import { FlagMark } from "@/components/ui/flag-mark"
import { IdLink } from "@/components/ui/id-link"
import { LineCounts } from "@/components/ui/line-counts"
import { TierMark } from "@/components/ui/tier-mark"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { CallLink } from "./call-link"
import type { Plan } from "@/lib/plans/plan.schema"
import type { PlanCall } from "./reviewed-plan"

type Props = Readonly<{
  calls: readonly PlanCall[]
  free: Plan["free"]
  title?: string
}>

/** All calls of a plan at a glance, in order: what each does, what to look at twice, and where it stands. */
export function CallList({ calls, free, title = "The calls, in order" }: Props) {
  return (
    <section aria-labelledby="calls-title">
      <h2 id="calls-title" className="border-b border-line px-4 pb-1.5 text-sm font-semibold md:px-6">
        {title}
      </h2>
      <ol aria-label="Calls to decide">
        {calls.map((call) => (
          <CallRow key={call.number} call={call} />
        ))}
      </ol>
      {free.length > 0 && (
        <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 border-b border-line px-4 py-2 text-sm text-muted md:px-6">
          <span>Not part of this decision, because the policy asks nobody about them:</span>
          <ul aria-label="Calls that need no approval" className="flex flex-wrap gap-x-4 gap-y-1">
            {free.map(({ index, tool }) => (
              <li key={index} className="flex items-center gap-1.5 font-mono text-xs">
                <CallNumber call={index + 1} />
                <Visible text={`${tool.server} · ${tool.name} ${tool.version}`} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  )
}

function CallRow({ call: { number, approval } }: Readonly<{ call: PlanCall }>) {
  const { parts, flags } = approval
  const sum = (what: "added" | "removed" | "hiddenCharacters") =>
    parts.reduce((all, part) => all + part[what], 0)

  return (
    <li className="relative grid min-h-9 grid-cols-[auto_auto_minmax(0,1fr)] items-baseline gap-x-3 gap-y-0.5 border-b border-line px-4 py-1.5 text-sm hover:bg-hover md:grid-cols-[auto_auto_minmax(0,1fr)_96px_256px_112px] md:px-6">
      <CallNumber call={number} />
      <TierMark tier={approval.tier} />
      <span className="flex min-w-0 flex-wrap items-baseline gap-x-3 gap-y-1">
        <CallLink call={number}>
          <Visible text={approval.sentence} />
        </CallLink>
        <span className="font-mono text-xs text-faint">
          {approval.server} · {approval.tool}
        </span>
        {flags.map((flag) => (
          <FlagMark key={flag} words={flagWords(flag, sum("hiddenCharacters"))} />
        ))}
      </span>
      <span className="col-start-3 flex flex-wrap items-baseline gap-x-4 gap-y-1 md:contents">
        <span className="md:text-right">
          <LineCounts added={sum("added")} removed={sum("removed")} />
        </span>
        <span className="text-muted md:justify-self-end">
          <Standing approval={approval} />
        </span>
        <span className="relative z-1 font-mono text-xs md:text-right">
          <IdLink href={`/approvals/${approval.approvalId}`} id={approval.approvalId} />
        </span>
      </span>
    </li>
  )
}

function Standing({ approval }: Readonly<{ approval: ApprovalView }>) {
  const { status, execution, useBy } = approval
  if (status !== "approved" || useBy === null) return <StatusMark status={status} execution={execution} />

  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-1.5 md:justify-end">
      <StatusMark status={status} execution={execution} />
      <span className="text-muted">
        for <Time at={useBy} as="left" />
      </span>
    </span>
  )
}
