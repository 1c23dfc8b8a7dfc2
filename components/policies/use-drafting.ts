"use client"

import { useState } from "react"
import { useLeaveWarning } from "./use-leave-warning"
import { usePolicyCheck, type Checked, type TextProblem } from "./use-policy-check"
import { usePolicyDraft } from "./use-policy-draft"

type Given = Readonly<{
  /** Whose draft it is: a client's or a pack's id. */
  draftOf: string
  /** The version that it begins on, and what that one says. */
  version: number
  versionText: string
  checkPath: string
}>

/** A draft that somebody writes: checked while they type, kept in the browser, and what was looked at before saving. */
export function useDrafting<Answer extends Checked>({ draftOf, version, versionText, checkPath }: Given) {
  const { draft, isKept, write, forget } = usePolicyDraft(draftOf)
  const text = draft?.text ?? versionText
  const { last, checkNow } = usePolicyCheck<Answer>(checkPath, text)
  const [reviewed, setReviewed] = useState<Readonly<{ text: string; checked: Answer }> | null>(null)
  const [replaced, setReplaced] = useState<string | null>(null)
  useLeaveWarning(draft !== null && !isKept)

  const isCurrent = last?.text === text
  const problems = last?.checked?.problems ?? []
  const type = (next: string) => write({ text: next, basedOn: draft?.basedOn ?? version })

  return {
    text,
    draft,
    isKept,
    last,
    isCurrent,
    problems,
    isFine: isCurrent && last.checked !== null && problems.length === 0,
    reviewed,
    type,
    forget,
    start: (next: string) => {
      if (next === text) return
      setReplaced(draft === null ? null : text)
      write({ text: next, basedOn: version })
    },
    throwAway: () => {
      setReplaced(text)
      forget()
    },
    /** What was written before it was replaced or thrown away; null when nothing was. */
    putBack:
      replaced === null
        ? null
        : () => {
            type(replaced)
            setReplaced(null)
          },
    /** Checks what is written; gives the first thing that is wrong, or leads to the review. */
    review: async (): Promise<TextProblem | null> => {
      const checked = await checkNow()
      if (checked === null) return null
      const [first] = checked.problems
      if (first === undefined && checked.comparison?.isSame !== true) setReviewed({ text, checked })
      return first ?? null
    },
    endReview: () => setReviewed(null),
  }
}

export type Drafting<Answer extends Checked> = ReturnType<typeof useDrafting<Answer>>
