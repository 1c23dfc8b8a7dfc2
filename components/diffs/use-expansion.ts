"use client"

import { useCallback, useMemo, useRef, useState } from "react"
import { fitsHunks, hasGaps, stepLines, textLines, type Gap, type GapShown } from "./context-model"
import type { Context } from "./diff-items"
import type { FileModel } from "./diff-model"
import { fetchPartText } from "./part-text"

/** Which end of a gap more lines are shown from, or all of them. */
export type Step = "top" | "bottom" | "all"

export type Expansion = Readonly<{
  context: Context
  isLoading: boolean
  /** Why the unchanged lines are not shown, in words. */
  problem: string | null
  show: (gap: Gap, step: Step) => void
  toggleWhole: () => void
}>

const mismatch = "The stored content does not fit this diff, so none of it is shown. Tell your administrator."

/** What a part's diff leaves out, brought when somebody asks for it; null where it leaves out nothing. */
export function useExpansion(file: FileModel): Expansion | null {
  const { approvalId, position } = file.part.origin ?? { approvalId: null, position: 1 }
  const [text, setText] = useState<readonly string[] | null>(null)
  const [shown, setShown] = useState<ReadonlyMap<string, GapShown>>(new Map())
  const [isWhole, setWhole] = useState(false)
  const [isLoading, setLoading] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const hasText = useRef(false)

  const load = useCallback(async () => {
    if (hasText.current || approvalId === null) return hasText.current
    setLoading(true)
    const answer = await fetchPartText(approvalId, position)
    setLoading(false)
    if (!answer.ok) {
      setProblem(answer.words)
      return false
    }

    const lines = textLines(answer.text)
    hasText.current = fitsHunks(lines, file.hunks)
    setProblem(hasText.current ? null : mismatch)
    if (hasText.current) setText(lines)
    return hasText.current
  }, [approvalId, position, file.hunks])

  const show = useCallback(
    async (gap: Gap, step: Step) => {
      if (await load()) setShown((before) => new Map(before).set(gap.id, more(before.get(gap.id), step)))
    },
    [load],
  )
  const toggleWhole = useCallback(async () => {
    if (isWhole || (await load())) setWhole(!isWhole)
  }, [isWhole, load])

  return useMemo(() => {
    if (approvalId === null || !hasGaps(file)) return null
    const context = { text, shown, isWhole }
    return {
      context,
      isLoading,
      problem,
      show: (gap, step) => void show(gap, step),
      toggleWhole: () => void toggleWhole(),
    }
  }, [approvalId, file, text, shown, isWhole, isLoading, problem, show, toggleWhole])
}

function more(before: GapShown = { top: 0, bottom: 0 }, step: Step): GapShown {
  if (step === "all") return { ...before, top: Number.MAX_SAFE_INTEGER }
  return { ...before, [step]: before[step] + stepLines }
}
