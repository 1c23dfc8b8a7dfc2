"use client"

import { Clock } from "lucide-react"
import { useNow } from "@/components/ui/clock"
import { Time } from "@/components/ui/time"

const soonMs = 10 * 60 * 1000

/** How long people still have; amber when it is not long. */
export function CountdownMark({ expiresAt }: Readonly<{ expiresAt: string }>) {
  const left = Date.parse(expiresAt) - useNow()
  if (left <= 0) return <span className="text-sm text-look-ink">expired</span>

  return (
    <span
      className={`inline-flex items-baseline gap-1.5 text-sm ${left < soonMs ? "font-medium text-look-ink" : "text-muted"}`}
    >
      <Clock size={14} aria-hidden className="shrink-0 self-center" />
      <span>
        expires in <Time at={expiresAt} as="left" isFocusable />
      </span>
    </span>
  )
}
