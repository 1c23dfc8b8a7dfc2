"use client"

import { useLinkStatus } from "next/link"

/** Says within a link that its page is on the way, once that has taken longer than people notice. */
export function OpeningMark() {
  const { pending } = useLinkStatus()
  if (!pending) return null

  return (
    <span role="status" className="opening mr-2 inline-block text-xs text-muted">
      opening…
    </span>
  )
}
