"use client"

import { useCallback, useEffect, useRef, useState } from "react"
import type { z } from "zod"
import { postJson, type ApiProblem } from "@/components/ui/call-api"
import type { TextProblemView } from "@/lib/policies/policy-version.schema"

export type TextProblem = z.infer<typeof TextProblemView>

/** What the server says of a text: what is wrong with it, and how it differs from another one. */
export type Checked = Readonly<{
  problems: readonly TextProblem[]
  comparison: Readonly<{ isSame: boolean }> | null
}>

/** The last answer, with the text that it is about; a problem where there was none. */
export type LastCheck<Answer extends Checked> = Readonly<{
  text: string
  checked: Answer | null
  problem: ApiProblem | null
}>

type Checking<Answer extends Checked> = Readonly<{
  last: LastCheck<Answer> | null
  /** Checks at once; null when the server gave no answer, or another check overtook it. */
  checkNow: () => Promise<Answer | null>
}>

/** Somebody who types is not asked about every letter. */
const pauseMs = 400

/** Asks the server what is wrong with a text, a moment after it was last changed. */
export function usePolicyCheck<Answer extends Checked>(path: string, text: string): Checking<Answer> {
  const [last, setLast] = useState<LastCheck<Answer> | null>(null)
  const latest = useRef<Readonly<{ text: string; answer: Promise<Answer | null> }> | null>(null)
  const checkNow = useCallback((): Promise<Answer | null> => {
    // Whoever asks about what is being checked already waits for that: a second check would overtake the first.
    if (latest.current?.text === text) return latest.current.answer
    const ask = async () => {
      const given = await postJson(path, { text })
      if (latest.current !== turn) return null

      latest.current = null
      const checked = given.ok ? (given.value as Answer) : null
      setLast({ text, checked, problem: given.ok ? null : given.problem })
      return checked
    }
    const turn = { text, answer: ask() }
    latest.current = turn
    return turn.answer
  }, [path, text])
  useEffect(() => {
    const timer = setTimeout(() => void checkNow(), pauseMs)
    return () => clearTimeout(timer)
  }, [checkNow])

  return { last, checkNow }
}
