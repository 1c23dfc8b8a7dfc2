"use client"

import { useId, useRef, type KeyboardEvent, type ReactNode } from "react"
import { Button } from "@/components/ui/button"
import { CheckPanel } from "./check-panel"
import type { Drafting } from "./use-drafting"
import type { Checked, TextProblem } from "./use-policy-check"
import { YamlArea } from "./yaml-area"

type Props<Answer extends Checked> = Readonly<{
  drafting: Drafting<Answer>
  /** What leads to the review: `Review and publish`. */
  reviewWords: string
  /** What is said of a draft with nothing wrong in it. */
  fineWords: (checked: Answer) => string
  /** What is written as long as there is no draft. */
  restingWords: string
  startFrom: ReactNode
  /** Where the draft was begun on another version than the newest. */
  warning: ReactNode
  /** What comes under the editor. */
  children?: ReactNode
}>

/** Where a policy is written: the text beside what is wrong with it, and what can be done with the draft. */
export function DraftEditor<Answer extends Checked>(props: Props<Answer>) {
  const { drafting, reviewWords, fineWords, restingWords, startFrom, warning, children } = props
  const { text, draft, isKept, last, isCurrent, problems } = drafting
  const area = useRef<HTMLTextAreaElement>(null)
  const panelId = useId()
  const review = async () => {
    const first = await drafting.review()
    if (first !== null) jumpTo(area.current, first)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    void review()
  }

  return (
    <div className="flex flex-col gap-4 px-4 md:px-6">
      {startFrom}
      {warning}
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_340px]" onKeyDown={onKeyDown}>
        <YamlArea
          area={area}
          text={text}
          onChange={drafting.type}
          wrongLines={new Set(isCurrent ? problems.map(({ line }) => line) : [])}
          describedBy={panelId}
        />
        <div className="flex flex-col gap-4 lg:sticky lg:top-16 lg:max-h-[calc(100dvh-80px)] lg:self-start lg:overflow-y-auto">
          <DraftActions drafting={drafting} reviewWords={reviewWords} onReview={() => void review()} />
          <CheckPanel
            id={panelId}
            last={last}
            isCurrent={isCurrent}
            fineWords={fineWords}
            onJump={(problem) => jumpTo(area.current, problem)}
          />
          <p className="text-xs text-faint">{draft === null ? restingWords : keptWords(isKept)}</p>
        </div>
      </div>
      {children}
    </div>
  )
}

type ActionProps<Answer extends Checked> = Pick<Props<Answer>, "drafting" | "reviewWords"> &
  Readonly<{ onReview: () => void }>

function DraftActions<Answer extends Checked>({ drafting, reviewWords, onReview }: ActionProps<Answer>) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button look="primary" size="large" onClick={onReview} title="Ctrl + Enter">
        {reviewWords}
      </Button>
      {drafting.draft !== null && (
        <Button look="quiet" size="large" onClick={drafting.throwAway}>
          Throw the draft away
        </Button>
      )}
      {drafting.putBack !== null && (
        <Button look="quiet" size="large" onClick={drafting.putBack}>
          Put back what was there
        </Button>
      )}
    </div>
  )
}

function keptWords(isKept: boolean): string {
  return isKept
    ? "Your draft is kept in this browser."
    : "This browser keeps nothing: the draft is gone when you leave."
}

/** Puts the cursor where a problem is, and the place on the screen. */
function jumpTo(area: HTMLTextAreaElement | null, { line, column }: TextProblem): void {
  if (area === null) return
  const before = area.value.split("\n").slice(0, line - 1)
  const start = before.reduce((sum, text) => sum + text.length + 1, 0)
  const at = Math.min(start + column - 1, area.value.length)
  area.focus({ preventScroll: true })
  area.setSelectionRange(at, at)
  area.parentElement?.querySelector(`[data-line="${line}"]`)?.scrollIntoView({ block: "center" })
}
