import { AgentWords } from "@/components/approvals/agent-words"
import { SelfReviewLine } from "@/components/approvals/self-review-line"
import { ViewReport } from "@/components/attention/view-report"
import { FileNavigator } from "@/components/diffs/file-navigator"
import { ReviewProvider } from "@/components/diffs/review"
import type { DiffLayout } from "@/components/diffs/use-layout"
import { CallList } from "@/components/plans/call-list"
import { CallReview } from "@/components/plans/call-review"
import { planParts } from "@/components/plans/plan-parts"
import { EnvironmentName } from "@/components/runs/environment-name"
import { Visible } from "@/components/ui/visible"
import { IncludeChange } from "./include-change"
import type { OfferedChange, ReviewedChange } from "./reviewed-change"
import { TogetherBar } from "./together-bar"
import { TogetherProvider } from "./together"

type Props = Readonly<{
  changes: readonly ReviewedChange[]
  /** How many were asked for that are not there to be seen. */
  missing: number
  layout: DiffLayout
}>

/** Several changes, each whole and one after the other, and one decision about them. */
export function TogetherReview({ changes, missing, layout }: Props) {
  const offered = changes.map(offeredOf)
  const reasons = changes.flatMap(({ number, approval: { reason } }) =>
    reason === null ? [] : [{ call: number, text: reason }],
  )

  return (
    <ReviewProvider parts={planParts(changes)} remembered={layout}>
      <TogetherProvider changes={offered}>
        <main id="content" tabIndex={-1} className="flex flex-col gap-5 py-4 outline-none md:py-5">
          <div className="flex flex-col gap-1 px-4 md:px-6">
            <h1 className="text-lg font-semibold">
              {changes.length === 1 ? "One change" : `${changes.length} changes`}, decided together
            </h1>
            <p className="max-w-3xl text-sm text-muted">
              Each gets a vote of its own, bound to exactly what is shown here.
              {missing > 0 &&
                ` ${missing === 1 ? "One more was" : `${missing} more were`} asked for and cannot be shown.`}
            </p>
          </div>
          <CallList calls={changes} free={[]} title="The changes" />
          <div className="grid gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(240px,1fr)] lg:gap-0 lg:has-data-[layout=split]:grid-cols-[minmax(0,1fr)_280px]">
            <div className="flex min-w-0 flex-col gap-6 lg:border-r lg:border-line">
              {changes.map((change, at) => (
                <Change
                  key={change.approval.approvalId}
                  change={change}
                  isOpen={offered[at]?.isOpen === true}
                />
              ))}
            </div>
            <aside aria-label="About these changes" className="flex flex-col gap-5 px-4 md:px-6">
              <FileNavigator of="these changes" />
            </aside>
          </div>
          <div className="px-4 md:px-6">
            <AgentWords text={null} onCalls={reasons} />
          </div>
        </main>
        <TogetherBar />
      </TogetherProvider>
    </ReviewProvider>
  )
}

function Change({ change, isOpen }: Readonly<{ change: ReviewedChange; isOpen: boolean }>) {
  const { number, approval, whyNot, isSelfReview } = change
  const { approvalId, changeHash, run, tenantName } = approval

  return (
    <div className="flex flex-col gap-2 not-first:border-t not-first:border-line-strong not-first:pt-4">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 text-sm text-muted md:px-6">
        <span>
          <span className="font-medium text-ink">{tenantName}</span> · run <Visible text={run.workflow} /> ·{" "}
          <EnvironmentName name={run.environment} />
        </span>
        {isOpen && <IncludeChange approvalId={approvalId} number={number} />}
      </div>
      {approval.status === "pending" && whyNot !== null && (
        <p className="px-4 text-sm text-muted md:px-6">{whyNot}</p>
      )}
      {approval.status === "pending" && isSelfReview && (
        <div className="px-4 md:px-6">
          <SelfReviewLine />
        </div>
      )}
      <div>
        <CallReview call={change} />
      </div>
      <ViewReport approvalId={approvalId} changeHash={changeHash} call={number} />
    </div>
  )
}

function offeredOf({ number, approval, whyNot }: ReviewedChange): OfferedChange {
  const { approvalId, changeHash, sentence, status, stepUpRequired, reasonRequired } = approval
  const isOpen = status === "pending" && whyNot === null && !stepUpRequired
  return { number, approvalId, changeHash, sentence, isOpen, isReasonRequired: reasonRequired }
}
