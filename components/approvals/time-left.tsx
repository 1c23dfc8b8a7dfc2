"use client"

import { useNow } from "@/components/ui/clock"
import { Time } from "@/components/ui/time"

const soonMs = 10 * 60 * 1000

/** How long there is left, in amber when it is not long. */
export function TimeLeft({ at }: Readonly<{ at: string }>) {
  const left = Date.parse(at) - useNow()

  return (
    <span className={left < soonMs ? "font-medium text-look-ink" : ""}>
      <Time at={at} as="left" />
      {left > 0 && " left"}
    </span>
  )
}
