import type { ReactNode } from "react"
import { stillNeeded } from "@/components/approvals/rule-words"
import { CopyButton } from "@/components/ui/copy-button"
import { IdText } from "@/components/ui/id-text"
import { Time } from "@/components/ui/time"
import { durationWords } from "@/components/policies/rule-words"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { Plan } from "@/lib/plans/plan.schema"

type Props = Readonly<{ plan: Plan; approvals: readonly ApprovalView[]; hashWords: readonly string[] }>

/** Everything else that the server knows about a plan and that a decision may rest on. */
export function PlanFacts({ plan, approvals, hashWords }: Props) {
  const [first] = approvals
  const needed = neededFor(approvals)

  return (
    <dl className="flex flex-col gap-3 text-sm">
      <Fact name="Hash">
        <span className="font-mono">{hashWords.join("-")}</span>
        <span className="flex items-center gap-1 font-mono text-muted">
          {plan.planHash.slice(0, 8)}
          <CopyButton text={plan.planHash} label="Copy the full hash" />
        </span>
      </Fact>
      {needed !== null && <Fact name="Still needed">{needed}</Fact>}
      <Fact name="To be used">
        within {durationWords(plan.useWithinSeconds)} of the approval, or sooner where the policy says so
      </Fact>
      <Fact name="Run">
        <IdText id={plan.runId} label="Copy the run's id" href={`/runs/${plan.runId}`} />
        {first !== undefined && <span className="text-muted">{first.run.status}</span>}
      </Fact>
      {first !== undefined && (
        <Fact name="Asked by">
          <span>
            agent <Visible text={first.requestedBy.actor} />
            {first.requestedBy.model !== null && (
              <>
                {" "}
                with <Visible text={first.requestedBy.model} />
              </>
            )}
          </span>
          <span className="text-muted">
            <Time at={plan.createdAt} as="age" isFocusable />, key{" "}
            <span className="font-mono text-xs">{first.requestedBy.keyPrefix}…</span>
          </span>
        </Fact>
      )}
      <Fact name="Plan">
        <IdText id={plan.planId} label="Copy the plan's id" />
      </Fact>
    </dl>
  )
}

/** What the call needs that needs the most. */
function neededFor(approvals: readonly ApprovalView[]): string | null {
  const waiting = approvals.filter(({ status }) => status === "pending")
  const left = ({ required, votes }: ApprovalView) =>
    required.reduce((sum, { count }) => sum + count, 0) - votes.length
  const [most] = [...waiting].sort((a, b) => left(b) - left(a))
  return most === undefined ? null : stillNeeded(most.required, most.votes.length)
}

function Fact({ name, children }: Readonly<{ name: string; children: ReactNode }>) {
  return (
    <div className="grid grid-cols-[112px_minmax(0,1fr)] gap-2">
      <dt className="text-faint">{name}</dt>
      <dd className="flex min-w-0 flex-col">{children}</dd>
    </div>
  )
}
