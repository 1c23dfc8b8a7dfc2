"use client"

import { useRouter } from "next/navigation"
import { useEffect, useEffectEvent, useRef, useState } from "react"
import { useReview } from "@/components/diffs/review"
import type { ApiProblem } from "@/components/ui/call-api"
import { KeyCap } from "@/components/ui/key-cap"
import { useRefresh } from "@/components/layout/use-refresh"
import { useShortcuts } from "@/components/ui/use-shortcuts"
import { ActionButtons } from "./action-buttons"
import { decisionWords, stopWords } from "./decision-words"
import { DenyChoice } from "./deny-choice"
import { EndApproval } from "./end-approval"
import { OwnVote, type StandingVote } from "./own-vote"
import { approvedTogether, pathOf, postVote, type Decision, type Subject } from "./post-vote"
import { problemWords } from "./problem-words"
import { ReasonField } from "./reason-field"
import { SeenCount } from "./seen-count"
import { SignedAloneLine, StepUpLine } from "./step-up-line"
import { useDraft, type DraftKind } from "./use-draft"

type Props = Readonly<{
  subject: Subject
  isOpen: boolean
  /** Why this person may not decide, in words; null when they may. */
  whyNot: string | null
  /** Whether also an approval needs words. */
  isReasonRequired: boolean
  /** The page of what waits next. */
  nextPath: string | null
  /** The vote of this person that they may take back. */
  ownVote?: StandingVote | null
  /** How much else is open in the run; null where this person may not stop runs. */
  othersInRun?: number | null
  /** What stands where it was decided: whether it is approved, and whether this person may end it unused. */
  over?: Over
}>

type Over = Readonly<{ isApproved: boolean; mayEnd: boolean }>

/** Where a person decides. What they typed survives refreshes, refusals and somebody else being faster. */
export function ActionBar(props: Props) {
  const { subject, isOpen, whyNot, isReasonRequired, nextPath, ownVote = null, othersInRun = null } = props
  const { over = { isApproved: false, mayEnd: false } } = props
  const words = decisionWords(subject)
  const router = useRouter()
  const refresh = useRefresh()
  const { setBar, showNext, isAllSeen } = useReview()
  const [sending, setSending] = useState<Decision | null>(null)
  const [sent, setSent] = useState<Decision | null>(null)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [needsReason, setNeedsReason] = useState(false)
  const [isStopping, setStopping] = useState(false)
  const [hadVote, setHadVote] = useState(ownVote !== null)
  if (hadVote !== (ownVote !== null)) {
    // What was taken back can be decided anew.
    setHadVote(ownVote !== null)
    if (hadVote) setSent(null)
  }
  const draft = useDraft(subject.id)
  const field = useRef<HTMLTextAreaElement>(null)

  const mayDecide = isOpen && whyNot === null && sent === null
  const isApprovable = subject.kind === "change" || approvedTogether(subject).length > 0
  const mayApprove = mayDecide && isApprovable && isAllSeen && sending === null
  const open = (kind: DraftKind) => {
    if (!mayDecide || sending !== null) return
    draft.open(kind)
    requestAnimationFrame(() => field.current?.focus())
  }
  const openAsAsked = useEffectEvent(() => open("deny"))
  useEffect(() => {
    if (location.hash !== "#deny") return
    history.replaceState(history.state, "", location.pathname)
    requestAnimationFrame(() => openAsAsked())
  }, [])
  const close = () => {
    draft.close()
    setNeedsReason(false)
    setStopping(false)
  }
  const send = async (decision: Decision) => {
    const reason = draft.kind === null ? "" : draft.text.trim()
    if (reason === "" && (decision !== "approve" || isReasonRequired)) {
      open(decision === "approve" ? "note" : decision)
      setNeedsReason(true)
      return
    }
    setSending(decision)
    setProblem(null)
    const answer = await postVote(subject, {
      decision,
      ...(reason === "" ? {} : { reason }),
      ...(decision === "deny" && isStopping ? { stopRun: true as const } : {}),
    })
    setSending(null)
    if (answer.ok) {
      setSent(decision)
      draft.forget()
    } else {
      setProblem(answer.problem)
    }
    await refresh()
  }

  const denial = draft.kind === "note" ? null : draft.kind
  const shown = isStopping ? { ...words, deny: stopWords } : words

  useShortcuts({
    a: () => mayApprove && denial === null && void send("approve"),
    d: () => open("deny"),
    r: () => open("request_changes"),
    c: () => open("note"),
    n: showNext,
    j: () => nextPath !== null && router.push(nextPath),
    u: () => router.push("/inbox"),
    escape: close,
  })

  return (
    <div
      ref={setBar}
      data-action-bar
      role="region"
      aria-label="Decide"
      className="sticky bottom-0 z-20 mt-auto flex flex-col gap-2 border-t border-line-strong bg-page px-4 pt-2.5 pb-[calc(10px+env(safe-area-inset-bottom))] md:px-6"
    >
      {problem !== null && <ProblemNote problem={problem} path={pathOf(subject)} />}
      {mayDecide && denial !== null && (
        <DenyChoice
          kind={denial}
          onKind={open}
          othersInRun={othersInRun}
          isStopping={isStopping}
          onStopping={setStopping}
        />
      )}
      {draft.kind !== null && (
        <ReasonField
          ref={field}
          kind={draft.kind}
          text={draft.text}
          isMissing={needsReason && draft.text.trim() === ""}
          isClosed={!isOpen}
          isRequired={denial !== null || isReasonRequired}
          onChange={draft.write}
          onSend={() => void send(denial ?? "approve")}
          onClose={close}
        />
      )}
      {mayDecide && subject.kind === "change" && subject.needsStepUp === true && (
        <StepUpLine isAsking={sending === "approve"} />
      )}
      {mayDecide && subject.kind === "plan" && subject.signedAlone.length > 0 && (
        <SignedAloneLine count={subject.signedAlone.length} />
      )}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        {mayDecide ? (
          <ActionButtons
            words={shown}
            draft={draft.kind}
            sending={sending}
            mayApprove={mayApprove}
            onApprove={() => void send("approve")}
            onDeny={() => (denial === null ? open("deny") : void send(denial))}
            onChanges={() => open("request_changes")}
            onNote={() => open("note")}
            onClose={close}
          />
        ) : (
          <>
            <Instead
              said={sent === null ? saidInstead(isOpen, over.isApproved, whyNot) : shown[sent].said}
              ownVote={ownVote}
            />
            {over.mayEnd && <EndApproval approvalId={subject.id} />}
          </>
        )}
        <div className="ml-auto flex items-center gap-4 text-sm text-muted">
          {mayDecide && <SeenCount />}
          {nextPath !== null && (
            <a href={nextPath} className="hidden items-center gap-1.5 rounded hover:text-ink md:inline-flex">
              next in inbox <KeyCap name="J" />
            </a>
          )}
        </div>
      </div>
    </div>
  )
}

/** What stands where the decision was, or cannot be made. */
function Instead({ said, ownVote }: Readonly<{ said: string; ownVote: StandingVote | null }>) {
  if (ownVote !== null) return <OwnVote vote={ownVote} />

  return (
    <p role="status" className="min-w-0 text-sm text-ink">
      {said}
    </p>
  )
}

function saidInstead(isOpen: boolean, isApproved: boolean, whyNot: string | null): string {
  if (isOpen) return whyNot ?? ""
  return isApproved
    ? "This is approved; no more votes are needed."
    : "This is over; nothing can be voted on here any more."
}

function ProblemNote({ problem, path }: Readonly<{ problem: ApiProblem; path: string }>) {
  return (
    <p role="alert" className="rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink">
      {problemWords(problem)}{" "}
      {problem.code === "no_authenticator" && (
        <a className="underline" href="/account#authenticators">
          Enrol one on your account page
        </a>
      )}
      {problem.code === "unauthenticated" && (
        <a className="underline" href={`/sign-in?next=${encodeURIComponent(path)}`}>
          Sign in
        </a>
      )}
    </p>
  )
}
