"use client"

import { useState } from "react"

type Kind = "deny" | "comment"

/**
 * What a person is writing about an approval. Kept in this window, so that
 * signing in again does not cost them their words.
 */
export function useDraft(approvalId: string) {
  const [kind, setKind] = useState<Kind | null>(null)
  const [text, setText] = useState("")
  const key = `deltaseal-draft:${approvalId}`

  return {
    kind,
    text,
    open: (next: Kind) => {
      if (text === "") setText(sessionStorage.getItem(key) ?? "")
      setKind(next)
    },
    close: () => setKind(null),
    write: (next: string) => {
      setText(next)
      sessionStorage.setItem(key, next)
    },
    forget: () => {
      sessionStorage.removeItem(key)
      setText("")
      setKind(null)
    },
  }
}
