import type { ReactNode } from "react"
import { ViewReport } from "@/components/attention/view-report"
import { DiffView } from "@/components/diffs/diff-view"
import { FileNavigator } from "@/components/diffs/file-navigator"
import { ReviewProvider } from "@/components/diffs/review"
import type { DiffLayout } from "@/components/diffs/use-layout"
import { ActingForLine } from "@/components/stand-ins/acting-for-line"
import { Visible } from "@/components/ui/visible"
import type { WhyNoVote } from "@/lib/approvals/approval"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { Counted, Uncounted } from "@/lib/approvals/quorum"
import type { RecentEdit } from "@/lib/approvals/recent-edit"
import type { RunEvent } from "@/lib/runs/run.schema"
import { ActionBar } from "./action-bar"
import { AgentWords } from "./agent-words"
import { ApproveSome } from "./approve-some"
import { ChangeHeader } from "./change-header"
import { diffParts } from "./diff-parts"
import { Facts } from "./facts"
import { ClosingBanner } from "./closing-banner"
import { Outcome } from "./outcome"
import type { StandingVote } from "./own-vote"
import { PlanPlace } from "./plan-place"
import { whyNotWords } from "./rule-words"
import { SelfReviewLine } from "./self-review-line"
import { WholeInput } from "./whole-input"

type Props = Readonly<{
  page: Readonly<{
    approval: ApprovalView
    input: string
    hashWords: readonly string[]
    tool: Readonly<{ pinnedAt: string }>
    viewer: Readonly<{
      mayVote: boolean
      whyNot: WhyNoVote | null
      edited: RecentEdit | null
      actingFor: string | null
    }>
    quorum: Readonly<{ counted: Counted; uncounted: readonly Uncounted[] }>
    isSelfReview: boolean
    events: readonly RunEvent[]
    nextPath: string | null
    planPlace: Readonly<{ planId: string; number: number; waiting: number }> | null
  }>
  /** How this person has diffs laid out. */
  layout: DiffLayout
  /** What was asked for the same targets before; it may come later than the rest. */
  earlier: ReactNode
  /** The rules that were made of the decision, and the way to make one. */
  madeRules: ReactNode
  /** What it was, where it has turned out to be a test; it stands in the place of what came of it. */
  canary: ReactNode
  /** What people said about it. */
  talk: ReactNode
  /** Where a break-glass stands, and the way to begin one. */
  breakGlass: Readonly<{ state: ReactNode; entry: ReactNode }>
  ownVote: StandingVote | null
  othersInRun: number | null
  /** Whether this person may end it, which is open. */
  mayEnd: boolean
}>

/** The page on which a change is decided: the server's facts and the change, the line, the agent's words, the decision. */
export function ApprovalReview({ page, layout, earlier, madeRules, talk, breakGlass, ...acting }: Props) {
  const { ownVote, othersInRun, mayEnd, canary } = acting
  const { approval, viewer } = page
  const isPending = approval.status === "pending"
  const hasVotes = approval.votes.length > 0

  return (
    <ReviewProvider key={approval.approvalId} parts={diffParts(approval)} remembered={layout}>
      <main id="content" tabIndex={-1} className="flex flex-col gap-5 py-4 outline-none md:py-5">
        <div className="flex flex-col gap-5 px-4 md:px-6">
          <ChangeHeader approval={approval} pinnedAt={page.tool.pinnedAt} />
          {page.isSelfReview && <SelfReviewLine isDecided={!isPending} />}
          <ClosingBanner approval={approval} />
          {isPending && viewer.actingFor !== null && <ActingForLine name={viewer.actingFor} />}
          {breakGlass.state}
          {page.planPlace !== null && <PlanPlace place={page.planPlace} />}
          {canary ?? ((!isPending || hasVotes) && <Outcome approval={approval} events={page.events} />)}
          {madeRules}
          {earlier}
        </div>
        <div className="grid gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(240px,1fr)] lg:gap-0 lg:has-data-[layout=split]:grid-cols-[minmax(0,1fr)_280px]">
          <section aria-label="The change" className="flex min-w-0 flex-col gap-4 lg:border-r lg:border-line">
            <DiffView />
            <WholeInput json={page.input} sha256={approval.input.sha256} />
            <p className="px-3 text-xs text-muted">
              state reported by server <Visible text={approval.server} />, key{" "}
              <span className="font-mono">{approval.requestedBy.keyPrefix}…</span>
            </p>
          </section>
          <aside aria-label="About this request" className="flex flex-col gap-5 px-4 md:px-6">
            <FileNavigator />
            <ApproveSome approval={approval} mayVote={viewer.whyNot === null} />
            <Facts approval={approval} hashWords={page.hashWords} quorum={page.quorum} />
            {breakGlass.entry}
          </aside>
        </div>
        <div className="flex flex-col gap-5 px-4 md:px-6">
          <AgentWords text={approval.reason} />
          {talk}
        </div>
      </main>
      <ViewReport approvalId={approval.approvalId} changeHash={approval.changeHash} />
      <ActionBar
        subject={{
          kind: "change",
          id: approval.approvalId,
          changeHash: approval.changeHash,
          needsStepUp: approval.stepUpRequired,
        }}
        isOpen={isPending}
        whyNot={viewer.whyNot === null ? null : whyNotWords(viewer.whyNot, viewer.edited)}
        isReasonRequired={approval.reasonRequired}
        nextPath={page.nextPath}
        ownVote={ownVote}
        othersInRun={othersInRun}
        over={{ isApproved: approval.status === "approved", mayEnd }}
      />
    </ReviewProvider>
  )
}
