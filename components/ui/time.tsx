"use client"

import { useNow, useTimeZone } from "./clock"
import { ageWords, clockWords, dayWords, exactWords, leftWords } from "./time-format"

type Props = Readonly<{
  at: string
  /** `age`: 4 min; `left`: until then; `clock`: 14:02:11; `day`: 3 Nov. */
  as: "age" | "left" | "clock" | "day"
  /** Whether it can be focused for its exact time; not inside links and buttons. */
  isFocusable?: boolean
}>

/** A time in few words, with the exact one on hover and on focus. */
export function Time({ at, as, isFocusable = false }: Props) {
  const now = useNow()
  const timeZone = useTimeZone()
  const exact = exactWords(at, timeZone)
  const words = wordsFor(at, as, now, timeZone)
  if (!isFocusable)
    return (
      <time dateTime={at} title={exact}>
        {words}
      </time>
    )

  return (
    <span className="group relative inline-block">
      <time dateTime={at} tabIndex={0} aria-label={`${words}, ${exact}`} className="rounded-sm">
        {words}
      </time>
      <span
        aria-hidden
        className="pointer-events-none absolute bottom-full left-0 z-20 mb-1 hidden rounded-md border border-line bg-raised px-2 py-1 text-xs whitespace-nowrap text-ink shadow-float group-focus-within:block group-hover:block"
      >
        {exact}
      </span>
    </span>
  )
}

function wordsFor(at: string, as: Props["as"], now: number, timeZone: string): string {
  if (as === "clock") return clockWords(at, timeZone)
  if (as === "day") return dayWords(at, timeZone, now)

  const time = Date.parse(at)
  return as === "age" ? ageWords(now - time) : leftWords(time - now)
}
