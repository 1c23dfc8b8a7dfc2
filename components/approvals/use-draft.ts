"use client"

import { useState } from "react"

/** A note goes with an approval. */
export type DraftKind = "deny" | "request_changes" | "note"

/**
 * What a person is writing about an approval. Kept in this window, so that
 * signing in again does not cost them their words.
 */
export function useDraft(approvalId: string) {
  const [kind, setKind] = useState<DraftKind | null>(null)
  const [text, setText] = useState("")
  const key = `deltaseal-draft:${approvalId}`

  return {
    kind,
    text,
    open: (next: DraftKind) => {
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
