"use client"

import { useCallback, useEffect, useRef, useState } from "react"
import type { z } from "zod"
import { postJson, type ApiProblem } from "@/components/ui/call-api"
import type { CheckedDraftView } from "@/lib/policies/policy-version.schema"
import { policyApiPath } from "./policy-paths"

export type CheckedDraft = z.infer<typeof CheckedDraftView>
export type TextProblem = CheckedDraft["problems"][number]

/** The last answer, with the text that it is about; a problem where there was none. */
export type LastCheck = Readonly<{
  text: string
  checked: CheckedDraft | null
  problem: ApiProblem | null
}>

type Checking = Readonly<{
  last: LastCheck | null
  /** Checks at once; null when the server gave no answer, or another check overtook it. */
  checkNow: () => Promise<CheckedDraft | null>
}>

/** Somebody who types is not asked about every letter. */
const pauseMs = 400

/** Asks the server what is wrong with a text, a moment after it was last changed. */
export function usePolicyCheck(tenantId: string, text: string): Checking {
  const [last, setLast] = useState<LastCheck | null>(null)
  const latest = useRef(0)
  const checkNow = useCallback(async () => {
    const turn = (latest.current += 1)
    const answer = await postJson(policyApiPath(tenantId, "/policies/check"), { text })
    if (turn !== latest.current) return null

    const checked = answer.ok ? (answer.value as CheckedDraft) : null
    setLast({ text, checked, problem: answer.ok ? null : answer.problem })
    return checked
  }, [tenantId, text])
  useEffect(() => {
    const timer = setTimeout(() => void checkNow(), pauseMs)
    return () => clearTimeout(timer)
  }, [checkNow])

  return { last, checkNow }
}
