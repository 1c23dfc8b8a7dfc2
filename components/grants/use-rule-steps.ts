"use client"

import { useState } from "react"
import type { ApiAnswer } from "@/components/ui/call-api"
import { postJson } from "@/components/ui/call-api"
import type { GrantDraftView, ProposedGrantView } from "@/lib/grants/grant.schema"

/** What is asked for, as the API takes it. */
export type GrantWishBody = Readonly<{
  paths?: readonly string[]
  fields?: readonly string[]
  maxUses: number
  until: string
}>

/** Where one is: saying what is wanted, reading what it changes, or told that it is proposed. */
export type RuleStep =
  | Readonly<{ step: "wish" }>
  | Readonly<{ step: "read"; wish: GrantWishBody; draft: GrantDraftView }>
  | Readonly<{ step: "done"; proposed: ProposedGrantView; takesEffect: GrantDraftView["takesEffect"] }>

/** From a wish to its difference to a proposal; nothing is written before the last. */
export function useRuleSteps(approvalId: string) {
  const path = `/api/v1/approvals/${approvalId}/grant`
  const [at, setAt] = useState<RuleStep>({ step: "wish" })

  return {
    at,
    back: () => setAt({ step: "wish" }),
    preview: async (wish: GrantWishBody): Promise<ApiAnswer> => {
      const answer = await postJson(`${path}/preview`, wish)
      if (answer.ok) setAt({ step: "read", wish, draft: answer.value as GrantDraftView })
      return answer
    },
    propose: async (note: string): Promise<ApiAnswer> => {
      if (at.step !== "read") return { ok: false, problem: { code: "not_sent" } }
      const { wish, draft } = at
      const body = { ...wish, name: draft.name, ...(note === "" ? {} : { note }) }
      const answer = await postJson(path, body)
      if (answer.ok) {
        const proposed = answer.value as ProposedGrantView
        setAt({ step: "done", proposed, takesEffect: draft.takesEffect })
      }
      return answer
    },
  }
}
