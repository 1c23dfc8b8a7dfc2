"use client"

import { Clock } from "lucide-react"
import { useNow } from "@/components/ui/clock"
import { Time } from "@/components/ui/time"
import { closingFrom } from "@/lib/approvals/closing"

type Props = Readonly<{
  approval: Readonly<{
    status: string
    requestedAt: string
    expiresAt: string
    decidedAt: string | null
    useBy: string | null
  }>
}>

/** Counts down the last of the time that people have, or that the tool server has to use what they approved. */
export function ClosingBanner({ approval }: Props) {
  const now = useNow()
  const ends = endOf(approval)
  if (ends === null || now < closingFrom(ends.since, ends.until) || now >= Date.parse(ends.until)) return null

  return (
    <p
      role="status"
      className="fade-in flex items-baseline gap-2 rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink"
    >
      <Clock size={14} aria-hidden className="shrink-0 self-center" />
      <span>
        <strong className="font-medium">
          {ends.words} <Time at={ends.until} as="left" isFocusable /> left.
        </strong>{" "}
        {ends.then}
      </span>
    </p>
  )
}

type Ends = Readonly<{ since: string; until: string; words: string; then: string }>

function endOf({ status, requestedAt, expiresAt, decidedAt, useBy }: Props["approval"]): Ends | null {
  if (status === "pending") {
    const then = "After that nothing is done, and the agent has to ask again."
    return { since: requestedAt, until: expiresAt, words: "Closing soon:", then }
  }
  if (status !== "approved" || useBy === null) return null

  const then = "If the tool server does not begin by then, the approval ends unused."
  return { since: decidedAt ?? requestedAt, until: useBy, words: "To be used soon:", then }
}
