import { CountdownMark } from "@/components/approvals/countdown-mark"
import { Flags } from "@/components/approvals/effects"
import { partWords } from "@/components/approvals/part-words"
import { EnvironmentName } from "@/components/runs/environment-name"
import { LineCounts } from "@/components/ui/line-counts"
import { TierMark } from "@/components/ui/tier-mark"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { Plan } from "@/lib/plans/plan.schema"
import { PlanBadge } from "./plan-badge"
import { callWords, highestTier } from "./plan-words"

type Props = Readonly<{ plan: Plan; approvals: readonly ApprovalView[] }>

/** What all of a plan comes to, in facts of the server's own. */
export function PlanHeader({ plan, approvals }: Props) {
  const parts = approvals.flatMap((approval) => approval.parts)
  const flags = [...new Set(approvals.flatMap((approval) => approval.flags))]
  const [first] = approvals

  return (
    <header className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <TierMark tier={highestTier(approvals)} />
        <span>one decision for all of them; each may be used once</span>
        <span className="ml-auto">
          {plan.status === "pending" ? (
            <CountdownMark expiresAt={plan.expiresAt} />
          ) : (
            <PlanBadge status={plan.status} />
          )}
        </span>
      </div>
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h1 className="min-w-0 flex-1 basis-64 text-lg font-semibold text-balance">
          A plan of {callWords(approvals.length)}
        </h1>
        <span className="text-sm text-muted">
          <LineCounts added={total(parts, "added")} removed={total(parts, "removed")} />, {partWords(parts)}
        </span>
      </div>
      <Flags flags={flags} hiddenCharacters={total(parts, "hiddenCharacters")} />
      {first !== undefined && (
        <p className="text-sm text-muted">
          <span className="font-medium text-ink">{first.tenantName}</span> · run{" "}
          <Visible text={first.run.workflow} /> · <EnvironmentName name={first.run.environment} />
          {first.run.step !== null && (
            <>
              {" "}
              · step <Visible text={first.run.step} />
            </>
          )}
        </p>
      )}
    </header>
  )
}

type Counted = "added" | "removed" | "hiddenCharacters"

function total(parts: ApprovalView["parts"], what: Counted): number {
  return parts.reduce((sum, part) => sum + part[what], 0)
}
