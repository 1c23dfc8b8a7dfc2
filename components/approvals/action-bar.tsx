"use client"

import { useRouter } from "next/navigation"
import { useEffect, useEffectEvent, useRef, useState } from "react"
import { useReview } from "@/components/diffs/review"
import type { ApiProblem } from "@/components/ui/call-api"
import { KeyCap } from "@/components/ui/key-cap"
import { useRefresh } from "@/components/layout/use-refresh"
import { useShortcuts } from "@/components/ui/use-shortcuts"
import { ActionButtons } from "./action-buttons"
import { postVote } from "./post-vote"
import { problemWords } from "./problem-words"
import { ReasonField } from "./reason-field"
import { SeenCount } from "./seen-count"
import { useDraft } from "./use-draft"

type Props = Readonly<{
  approvalId: string
  changeHash: string
  isOpen: boolean
  /** Why this person may not decide, in words; null when they may. */
  whyNot: string | null
  nextPending: string | null
}>

type Sent = "approve" | "deny"

/** Where a person decides. What they typed survives refreshes, refusals and somebody else being faster. */
export function ActionBar({ approvalId, changeHash, isOpen, whyNot, nextPending }: Props) {
  const router = useRouter()
  const refresh = useRefresh()
  const { setBar, showNext, isAllSeen } = useReview()
  const [sending, setSending] = useState<Sent | null>(null)
  const [sent, setSent] = useState<Sent | null>(null)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [needsReason, setNeedsReason] = useState(false)
  const draft = useDraft(approvalId)
  const field = useRef<HTMLTextAreaElement>(null)

  const mayDecide = isOpen && whyNot === null && sent === null
  const mayApprove = mayDecide && isAllSeen && sending === null
  const open = (kind: "deny" | "comment") => {
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
  }
  const send = async (decision: Sent) => {
    const reason = draft.text.trim()
    if (decision === "deny" && reason === "") {
      setNeedsReason(true)
      field.current?.focus()
      return
    }
    setSending(decision)
    setProblem(null)
    const answer = await postVote(approvalId, {
      decision,
      changeHash,
      ...(reason !== "" && draft.kind ? { reason } : {}),
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

  useShortcuts({
    a: () => mayApprove && draft.kind !== "deny" && void send("approve"),
    d: () => open("deny"),
    c: () => open("comment"),
    n: showNext,
    j: () => nextPending !== null && router.push(`/approvals/${nextPending}`),
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
      {problem !== null && <ProblemNote problem={problem} approvalId={approvalId} />}
      {draft.kind !== null && (
        <ReasonField
          ref={field}
          kind={draft.kind}
          text={draft.text}
          isMissing={needsReason && draft.text.trim() === ""}
          isClosed={!isOpen}
          onChange={draft.write}
          onSend={() => void send(draft.kind === "deny" ? "deny" : "approve")}
          onClose={close}
        />
      )}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        {mayDecide ? (
          <ActionButtons
            draft={draft.kind}
            sending={sending}
            mayApprove={mayApprove}
            onApprove={() => void send("approve")}
            onDeny={() => (draft.kind === "deny" ? void send("deny") : open("deny"))}
            onComment={() => open("comment")}
            onClose={close}
          />
        ) : (
          <p role="status" className="min-w-0 text-sm text-ink">
            {saidInstead(sent, isOpen, whyNot)}
          </p>
        )}
        <div className="ml-auto flex items-center gap-4 text-sm text-muted">
          {mayDecide && <SeenCount />}
          {nextPending !== null && (
            <a
              href={`/approvals/${nextPending}`}
              className="hidden items-center gap-1.5 rounded hover:text-ink md:inline-flex"
            >
              next in inbox <KeyCap name="J" />
            </a>
          )}
        </div>
      </div>
    </div>
  )
}

function saidInstead(sent: Sent | null, isOpen: boolean, whyNot: string | null): string {
  if (sent === "approve") return "You approved this change. What becomes of it shows above."
  if (sent === "deny") return "You denied this change. The agent is told why."
  if (!isOpen) return "This is decided or over; nothing can be voted on here any more."
  return whyNot ?? ""
}

function ProblemNote({ problem, approvalId }: Readonly<{ problem: ApiProblem; approvalId: string }>) {
  return (
    <p role="alert" className="rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink">
      {problemWords(problem)}{" "}
      {problem.code === "unauthenticated" && (
        <a className="underline" href={`/sign-in?next=${encodeURIComponent(`/approvals/${approvalId}`)}`}>
          Sign in
        </a>
      )}
    </p>
  )
}
