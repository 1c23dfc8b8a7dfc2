import type { Metadata } from "next"
import { cookies } from "next/headers"
import { notFound, redirect } from "next/navigation"
import { setTimeout } from "node:timers/promises"
import { Suspense } from "react"
import { ApprovalReview } from "@/components/approvals/approval-review"
import { DerivationLines } from "@/components/approvals/derivation-lines"
import { BreakGlassEntry } from "@/components/break-glass/break-glass-entry"
import { BreakGlassState } from "@/components/break-glass/break-glass-state"
import { EarlierRequests } from "@/components/approvals/earlier-requests"
import { Talk } from "@/components/approvals/talk"
import { CanaryResult } from "@/components/canaries/canary-result"
import { MadeRules } from "@/components/grants/made-rules"
import { MakeRule } from "@/components/grants/make-rule"
import { shortId } from "@/components/ui/short-id"
import { LiveRefresh } from "@/components/layout/live-refresh"
import { RefreshAt } from "@/components/layout/refresh-at"
import { TopBar } from "@/components/layout/top-bar"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { may, type PersonActor } from "@/lib/access/actor"
import { isTerminal } from "@/lib/approvals/approval"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { approvalPage, type ApprovalPageView } from "@/lib/approvals/approvals.queries"
import { mayBreakGlass } from "@/lib/approvals/break-glass.queries"
import type { InterdiffView } from "@/lib/approvals/interdiff.schema"
import { approvalInterdiff } from "@/lib/approvals/interdiff.service"
import { othersInRun, talkAbout } from "@/lib/approvals/talk.service"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { canaryOf } from "@/lib/canaries/canaries.queries"
import { derivationsOf } from "@/lib/derivations/derivations.queries"
import { grantBasisOf } from "@/lib/grants/grant-drafts.service"
import { readGrants } from "@/lib/grants/grants.service"
import { AppError } from "@/lib/errors/app-error"

type Props = Readonly<{ params: Promise<{ approvalId: string }> }>

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: shortId((await params).approvalId) }
}

export default async function ApprovalPage({ params }: Props) {
  const { approvalId } = await params
  const path = `/approvals/${approvalId}`
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const earlier = earlierOf(person, approvalId)
  const page = await approvalPage(person, approvalId).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") notFound()
    if (error instanceof AppError && error.code === "unauthenticated") redirect(signInPath(path))
    throw error
  })
  const { approval } = page
  const [talk, others, canary, derivations] = await Promise.all([
    talkAbout(person, approval),
    othersInRun(person, approval, [approval]),
    canaryOf(person, approvalId),
    derivationsOf(person, approvalId),
    soon(earlier),
  ])

  return (
    <>
      <TopBar
        crumbs={[
          { words: "Inbox", href: "/inbox" },
          { words: approval.tenantName, href: `/inbox?tenant=${approval.tenantId}` },
          { words: shortId(approvalId) },
        ]}
      >
        <LiveRefresh subjectId={approvalId} />
        <RefreshAt time={nextDeadline(approval)} />
        <ShortcutHelp keys={keys} />
      </TopBar>
      <ApprovalReview
        page={canary === null ? page : { ...page, approval: afterTest(approval) }}
        layout={layoutIn((await cookies()).get("deltaseal-diff")?.value)}
        talk={<Talk approvalId={approvalId} votes={approval.votes} {...talk} />}
        ownVote={canary === null ? standingVote(page, person.personId, derivations.isDecisionLeft) : null}
        canary={canary && <CanaryResult canary={canary} />}
        othersInRun={others}
        mayEnd={
          canary === null && !isTerminal(approval.status) && may(person, "approval:cancel", approval.tenantId)
        }
        breakGlass={await breakGlassOf(person, approval)}
        madeRules={<Rules {...await rulesOf(person, approval)} approval={approval} />}
        earlier={
          <>
            <DerivationLines found={derivations} isApproved={approval.status === "approved"} />
            <Suspense fallback={null}>
              <Earlier found={earlier} parts={approval.parts} madeOf={approval.derivedFrom} />
            </Suspense>
          </>
        }
      />
    </>
  )
}

/** Nothing can be done with what was approved as a test, although its row says so only once the log is told. */
function afterTest(approval: ApprovalView): ApprovalView {
  return isTerminal(approval.status) ? approval : { ...approval, status: "cancelled", endedBecause: "canary" }
}

/** Where a break-glass stands; the page is there without the way to begin one. */
async function breakGlassOf(person: PersonActor, approval: ApprovalView) {
  const { approvalId, changeHash, stepUpRequired: needsStepUp } = approval
  const isPending = approval.status === "pending"
  const mayBreak = isPending && (await mayBreakGlass(person, approvalId).catch(() => false))

  return {
    state: <BreakGlassState approval={approval} viewerId={person.personId} mayBreak={mayBreak} />,
    entry: mayBreak && approval.breakGlass === null && (
      <BreakGlassEntry subject={{ approvalId, changeHash, needsStepUp }} />
    ),
  }
}

/** Null when it could not be found out; the page is there without it. */
async function earlierOf(person: PersonActor, approvalId: string): Promise<InterdiffView | null> {
  return await approvalInterdiff(person, approvalId).catch(() => null)
}

/** Comparing is quick nearly always; then nothing moves when it comes. The page does not wait for the rest. */
async function soon(work: Promise<unknown>): Promise<void> {
  await Promise.race([work, setTimeout(200)])
}

type EarlierProps = Readonly<{
  found: Promise<InterdiffView | null>
  parts: ApprovalView["parts"]
  madeOf: string | null
}>

async function Earlier({ found, parts, madeOf }: EarlierProps) {
  const view = await found
  if (view !== null) return <EarlierRequests view={view} parts={parts} madeOf={madeOf} />

  return (
    <p className="text-sm text-muted">
      Whether this was asked for before could not be found out. Reload the page to try again.
    </p>
  )
}

/** What a rule can be made of here, and those that were; the page is there without what cannot be found out. */
async function rulesOf(person: PersonActor, approval: ApprovalView) {
  const { approvalId, tenantId, status } = approval
  if (status !== "approved" && status !== "consumed") return { basis: null, grants: [] }
  const [basis, grants] = await Promise.all([
    grantBasisOf(person, approval).catch(() => null),
    readGrants(person, tenantId, ({ grant }) => grant?.from === approvalId).catch(() => null),
  ])

  return { basis, grants: grants ?? [] }
}

type RulesProps = Readonly<{ approval: ApprovalView }> & Awaited<ReturnType<typeof rulesOf>>

function Rules({ approval: { approvalId, tenantId }, basis, grants }: RulesProps) {
  if (basis === null && grants.length === 0) return null

  return (
    <div className="flex flex-col gap-2">
      <MadeRules tenantId={tenantId} grants={grants} />
      {basis !== null && <MakeRule approvalId={approvalId} tenantId={tenantId} basis={basis} />}
    </div>
  )
}

/** The remembered choice of how diffs are laid out. */
function layoutIn(cookie: string | undefined): "unified" | "split" {
  return cookie === "split" ? "split" : "unified"
}

/** The vote of this person that they may still take back. */
function standingVote(
  { approval: { approvalId, status, votes, expiresAt }, quorum }: ApprovalPageView,
  personId: string,
  isDecisionLeft: boolean,
) {
  const isStanding = votes.some((vote) => vote.personId === personId && vote.decision === "approve")
  const isOver = isTerminal(status)
  if (!isStanding || (isOver && !isDecisionLeft)) return null

  const isOverdue = Date.parse(expiresAt) <= Date.now()
  const uncounted = quorum.uncounted.find((vote) => vote.personId === personId)?.why ?? null
  return { approvalId, isApproved: status === "approved", isOverdue, isOver, uncounted }
}

/** When time alone changes what this page says. */
function nextDeadline(
  approval: Pick<ApprovalView, "status" | "expiresAt" | "useBy" | "breakGlass">,
): string | null {
  if (approval.status === "pending") return approval.breakGlass?.expiresAt ?? approval.expiresAt
  return approval.status === "approved" ? approval.useBy : null
}

const keys = [
  { key: "A", does: "approve this change, once all of it was on screen" },
  { key: "D", does: "deny it: opens the reason" },
  { key: "R", does: "ask for changes: opens what should be different" },
  { key: "C", does: "add a note to the approval" },
  { key: "N", does: "show what was not on screen yet" },
  { key: "]", does: "next part of the change" },
  { key: "[", does: "part before it" },
  { key: "J", does: "next in inbox" },
  { key: "U", does: "back to the inbox" },
  { key: "Esc", does: "close the reason" },
] as const
