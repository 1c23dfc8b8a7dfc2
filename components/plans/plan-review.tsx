import { ActionBar } from "@/components/approvals/action-bar"
import { AgentWords } from "@/components/approvals/agent-words"
import { whyNotWords } from "@/components/approvals/rule-words"
import { SelfReviewLine } from "@/components/approvals/self-review-line"
import { ViewReport } from "@/components/attention/view-report"
import { FileNavigator } from "@/components/diffs/file-navigator"
import { ReviewProvider } from "@/components/diffs/review"
import type { DiffLayout } from "@/components/diffs/use-layout"
import { CallList } from "./call-list"
import { CallReview } from "./call-review"
import { PlanFacts } from "./plan-facts"
import { PlanHeader } from "./plan-header"
import { PlanOutcome } from "./plan-outcome"
import { planParts } from "./plan-parts"
import { votesOf } from "./plan-words"
import type { ReviewedPlan } from "./reviewed-plan"

type Props = Readonly<{
  page: ReviewedPlan
  /** How this person has diffs laid out. */
  layout: DiffLayout
  /** How much else is open in the run; null where this person may not stop runs. */
  othersInRun?: number | null
}>

/** The page on which all calls of a plan are decided at once: what each would do, the line, the agent's words, the decision. */
export function PlanReview({ page, layout, othersInRun = null }: Props) {
  const { plan, calls, viewer } = page
  const approvals = calls.map(({ approval }) => approval)
  const waiting = approvals.filter(({ status }) => status === "pending")
  const reasons = calls.flatMap(({ number, approval: { reason } }) =>
    reason === null || reason === plan.reason ? [] : [{ call: number, text: reason }],
  )

  return (
    <ReviewProvider key={plan.planId} parts={planParts(calls)} remembered={layout}>
      <main id="content" tabIndex={-1} className="flex flex-col gap-5 py-4 outline-none md:py-5">
        <div className="flex flex-col gap-5 px-4 md:px-6">
          <PlanHeader plan={plan} approvals={approvals} />
          {page.isSelfReview && <SelfReviewLine isDecided={waiting.length === 0} />}
          {(plan.status !== "pending" || votesOf(approvals).length > 0) && (
            <PlanOutcome status={plan.status} approvals={approvals} />
          )}
        </div>
        <CallList calls={calls} free={plan.free} />
        <div className="grid gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(240px,1fr)] lg:gap-0 lg:has-data-[layout=split]:grid-cols-[minmax(0,1fr)_280px]">
          <div className="flex min-w-0 flex-col gap-6 lg:border-r lg:border-line">
            {calls.map((call) => (
              <CallReview key={call.approval.approvalId} call={call} />
            ))}
          </div>
          <aside aria-label="About this plan" className="flex flex-col gap-5 px-4 md:px-6">
            <FileNavigator />
            <PlanFacts plan={plan} approvals={approvals} hashWords={page.hashWords} quorum={page.quorum} />
          </aside>
        </div>
        <div className="px-4 md:px-6">
          <AgentWords text={plan.reason} onCalls={reasons} />
        </div>
      </main>
      {calls.map(({ number, approval: { approvalId, changeHash } }) => (
        <ViewReport key={approvalId} approvalId={approvalId} changeHash={changeHash} call={number} />
      ))}
      <ActionBar
        subject={{
          kind: "plan",
          id: plan.planId,
          planHash: plan.planHash,
          approvalIds: viewer.mayVoteOn,
          signedAlone: waiting.flatMap(({ approvalId, stepUpRequired }) =>
            stepUpRequired && viewer.mayVoteOn.includes(approvalId) ? [approvalId] : [],
          ),
          calls: calls.length,
        }}
        isOpen={waiting.length > 0}
        whyNot={viewer.whyNot === null ? null : whyNotWords(viewer.whyNot, viewer.edited)}
        isReasonRequired={waiting.some(({ reasonRequired }) => reasonRequired)}
        nextPath={page.nextPath}
        othersInRun={othersInRun}
      />
    </ReviewProvider>
  )
}
