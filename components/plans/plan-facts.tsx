import { stillNeeded } from "@/components/approvals/rule-words"
import { AskedByFact, Fact, HashFact } from "@/components/approvals/shared-facts"
import { IdText } from "@/components/ui/id-text"
import { durationWords } from "@/components/policies/rule-words"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { Plan } from "@/lib/plans/plan.schema"
import type { ReviewedPlan } from "./reviewed-plan"

type Props = Readonly<{
  plan: Plan
  approvals: readonly ApprovalView[]
  hashWords: readonly string[]
  quorum: ReviewedPlan["quorum"]
}>

/** Everything else that the server knows about a plan and that a decision may rest on. */
export function PlanFacts({ plan, approvals, hashWords, quorum }: Props) {
  const [first] = approvals
  const needed = quorum === null ? null : stillNeeded(quorum.required, quorum.counted)

  return (
    <dl className="flex flex-col gap-3 text-sm">
      <HashFact hash={plan.planHash} words={hashWords} />
      {needed !== null && <Fact name="Still needed">{needed}</Fact>}
      <Fact name="To be used">
        within {durationWords(plan.useWithinSeconds)} of the approval, or sooner where the policy says so
      </Fact>
      <Fact name="Run">
        <IdText id={plan.runId} label="Copy the run's id" href={`/runs/${plan.runId}`} />
        {first !== undefined && <span className="text-muted">{first.run.status}</span>}
      </Fact>
      {first !== undefined && <AskedByFact by={first.requestedBy} at={plan.createdAt} />}
      <Fact name="Plan">
        <IdText id={plan.planId} label="Copy the plan's id" />
      </Fact>
    </dl>
  )
}
