"use client"

import { createContext, useContext, useEffect, useSyncExternalStore, type ReactNode } from "react"

type Clock = Readonly<{ renderedAt: number; timeZone: string }>

const ClockContext = createContext<Clock>({ renderedAt: 0, timeZone: "UTC" })

/**
 * The time that the server rendered at and the zone it rendered in, so that
 * the first page of the browser is the same. The browser's own zone goes into
 * a cookie for the next page.
 */
export function ClockProvider({ renderedAt, timeZone, children }: Clock & Readonly<{ children: ReactNode }>) {
  useEffect(() => {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone
    if (own !== timeZone)
      document.cookie = `deltaseal-zone=${encodeURIComponent(own)}; path=/; max-age=31536000; samesite=lax`
  }, [timeZone])

  return <ClockContext value={{ renderedAt, timeZone }}>{children}</ClockContext>
}

/** The time to the second, in milliseconds; it ticks. */
export function useNow(): number {
  const { renderedAt } = useContext(ClockContext)
  return useSyncExternalStore(subscribe, wholeSecond, () => renderedAt)
}

export function useTimeZone(): string {
  return useContext(ClockContext).timeZone
}

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** One timer for every time on the page. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => listeners.forEach((each) => each()), 1000)

  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function wholeSecond(): number {
  return Math.floor(Date.now() / 1000) * 1000
}
