"use client"

import { useEffect } from "react"
import { useRefresh } from "./use-refresh"

/** The longest wait a browser's timer can take. */
const timerMax = 2_147_483_647

/** Asks for the page again when time alone changes what it says: when something expires. */
export function RefreshAt({ time }: Readonly<{ time: string | null }>) {
  const refresh = useRefresh()

  useEffect(() => {
    if (time === null) return
    const wait = Math.max(Date.parse(time) - Date.now() + 300, 0)
    const timer = setTimeout(() => void refresh(), Math.min(wait, timerMax))
    return () => clearTimeout(timer)
  }, [refresh, time])

  return null
}
