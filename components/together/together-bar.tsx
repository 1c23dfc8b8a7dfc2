"use client"

import { useRef, useState } from "react"
import { ReasonField } from "@/components/approvals/reason-field"
import { problemWords } from "@/components/approvals/problem-words"
import { SeenCount } from "@/components/approvals/seen-count"
import { useDraft } from "@/components/approvals/use-draft"
import { hunksOf } from "@/components/diffs/plan-calls"
import { useReview } from "@/components/diffs/review"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { useShortcuts } from "@/components/ui/use-shortcuts"
import { ModeChoice } from "./mode-choice"
import { postVotes, type Mode, type VotesAnswer } from "./post-votes"
import { ToldList } from "./told-list"
import { useTogether } from "./together"

type Decision = "approve" | "deny"

/** Where several changes are decided at once: only when each of them was on screen. */
export function TogetherBar() {
  const { changes, isLeftOut } = useTogether()
  const { files, isHunkSeen, setBar, showNext } = useReview()
  const refresh = useRefresh()
  const [mode, setMode] = useState<Mode>("all_or_nothing")
  const [sending, setSending] = useState<Decision | null>(null)
  const [answer, setAnswer] = useState<VotesAnswer | null>(null)
  const [needsReason, setNeedsReason] = useState(false)
  const draft = useDraft("together")
  const field = useRef<HTMLTextAreaElement>(null)

  // Until the page comes anew, what was decided here is offered no more.
  const done = new Set(answer?.told.flatMap(({ number, isCast }) => (isCast ? number : [])))
  const offered = changes.filter(({ isOpen, number }) => isOpen && !done.has(number))
  const chosen = offered.filter(({ approvalId }) => !isLeftOut(approvalId))
  const unseen = chosen.filter(({ number }) => !hunksOf(files, number).every(({ id }) => isHunkSeen(id)))
  const mayDecide = chosen.length > 0 && sending === null
  const mayApprove = mayDecide && unseen.length === 0
  const isReasonRequired = chosen.some((change) => change.isReasonRequired)
  const open = (kind: "deny" | "note") => {
    if (!mayDecide) return
    draft.open(kind)
    requestAnimationFrame(() => field.current?.focus())
  }
  const close = () => {
    draft.close()
    setNeedsReason(false)
  }
  const send = async (decision: Decision) => {
    const reason = draft.kind === null ? "" : draft.text.trim()
    if (reason === "" && (decision === "deny" || isReasonRequired)) {
      open(decision === "deny" ? "deny" : "note")
      setNeedsReason(true)
      return
    }
    setSending(decision)
    const told = await postVotes({ mode, decision, reason, changes: chosen })
    setSending(null)
    setAnswer(told)
    if (told.problem === null && told.told.every(({ isCast }) => isCast)) draft.forget()
    await refresh()
  }

  useShortcuts({
    a: () => mayApprove && draft.kind !== "deny" && void send("approve"),
    d: () => open("deny"),
    n: showNext,
    escape: close,
  })

  const isDenying = draft.kind === "deny"
  return (
    <div
      ref={setBar}
      data-action-bar
      role="region"
      aria-label="Decide"
      className="sticky bottom-0 z-20 mt-auto flex flex-col gap-2 border-t border-line-strong bg-page px-4 pt-2.5 pb-[calc(10px+env(safe-area-inset-bottom))] md:px-6"
    >
      {answer !== null && answer.problem !== null && (
        <p
          role="alert"
          className="rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink"
        >
          {problemWords(answer.problem)}
        </p>
      )}
      {answer !== null && answer.problem === null && <ToldList told={answer.told} />}
      {draft.kind !== null && (
        <ReasonField
          ref={field}
          kind={draft.kind}
          text={draft.text}
          isMissing={needsReason && draft.text.trim() === ""}
          isClosed={changes.every(({ isOpen }) => !isOpen)}
          isRequired={isDenying || isReasonRequired}
          onChange={draft.write}
          onSend={() => void send(isDenying ? "deny" : "approve")}
          onClose={close}
        />
      )}
      {chosen.length === 0 ? (
        <p role="status" className="text-sm text-ink">
          {offered.length > 0
            ? "All of them are left out: nothing is part of this decision."
            : "Nothing of this waits for you any more."}
        </p>
      ) : (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <div className="flex w-full flex-wrap items-center gap-2 md:w-auto">
            {!isDenying && (
              <Button
                look="primary"
                size="large"
                shortcut="A"
                disabled={!mayApprove}
                onClick={() => void send("approve")}
              >
                {sending === "approve" ? "Approving…" : `Approve ${howMany(chosen.length)}`}
              </Button>
            )}
            <Button
              look={isDenying ? "primary" : "plain"}
              size="large"
              {...(!isDenying && { shortcut: "D" })}
              disabled={!mayDecide}
              onClick={() => (isDenying ? void send("deny") : open("deny"))}
            >
              {sending === "deny" ? "Denying…" : `Deny ${howMany(chosen.length)}`}
            </Button>
            {draft.kind !== null && (
              <Button look="quiet" size="large" disabled={sending !== null} onClick={close}>
                Back
              </Button>
            )}
          </div>
          {chosen.length > 1 && <ModeChoice mode={mode} onChoose={setMode} />}
          <div className="ml-auto flex items-center gap-4 text-sm text-muted">
            <SeenCount />
          </div>
        </div>
      )}
    </div>
  )
}

function howMany(count: number): string {
  return count === 1 ? "this one" : `all ${count}`
}
