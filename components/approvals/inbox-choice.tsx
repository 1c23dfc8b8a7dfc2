"use client"

import { useState } from "react"
import { Button } from "@/components/ui/button"
import { LinkButton } from "@/components/ui/link-button"

/** As many as can be decided in one go. */
const chosenMax = 20

export type InboxChoice = Readonly<{
  chosen: readonly string[]
  isChosen: (approvalId: string) => boolean
  isFull: boolean
  toggle: (approvalId: string) => void
  clear: () => void
}>

/** Which of the waiting changes are to be reviewed together; `offered` are those that can be. */
export function useInboxChoice(offered: readonly string[]): InboxChoice {
  const [marked, setMarked] = useState<readonly string[]>([])
  // What was decided in the meantime is chosen no more.
  const chosen = marked.filter((approvalId) => offered.includes(approvalId))

  return {
    chosen,
    isChosen: (approvalId) => chosen.includes(approvalId),
    isFull: chosen.length >= chosenMax,
    toggle: (approvalId) => {
      if (!offered.includes(approvalId)) return
      if (chosen.includes(approvalId)) setMarked(chosen.filter((one) => one !== approvalId))
      else if (chosen.length < chosenMax) setMarked([...chosen, approvalId])
    },
    clear: () => setMarked([]),
  }
}

type BoxProps = Readonly<{ approvalId: string; sentence: string; choice: InboxChoice }>

/** The box before a row, on a desk. */
export function ChoiceBox({ approvalId, sentence, choice }: BoxProps) {
  const isChosen = choice.isChosen(approvalId)

  return (
    <label className="absolute top-0 left-0 z-1 hidden h-11 w-6 cursor-pointer items-center justify-center md:flex">
      <span className="sr-only">Review together: {sentence}</span>
      <input
        type="checkbox"
        checked={isChosen}
        disabled={!isChosen && choice.isFull}
        onChange={() => choice.toggle(approvalId)}
        className="size-3.5 accent-accent"
      />
    </label>
  )
}

/** What is done with those that were chosen. */
export function ChoiceBar({ choice: { chosen, isFull, clear } }: Readonly<{ choice: InboxChoice }>) {
  if (chosen.length === 0) return null

  return (
    <div
      role="region"
      aria-label="Chosen changes"
      className="fade-in sticky bottom-0 z-20 flex flex-wrap items-center gap-3 border-t border-line-strong bg-page px-4 py-2.5 md:px-6"
    >
      <LinkButton look="primary" href={`/approvals/together?ids=${chosen.join(",")}`}>
        Review together
      </LinkButton>
      <Button look="quiet" onClick={clear}>
        Choose none
      </Button>
      <span role="status" className="text-sm text-muted">
        {chosen.length === 1 ? "1 change chosen" : `${chosen.length} changes chosen`}
        {isFull && "; no more than that in one go"}
      </span>
    </div>
  )
}
