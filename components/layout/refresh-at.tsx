"use client"

import { useRouter } from "next/navigation"
import { useEffect, useEffectEvent } from "react"

/** The longest wait a browser's timer can take. */
const timerMax = 2_147_483_647

/** Asks for the page again when time alone changes what it says: when something expires. */
export function RefreshAt({ time }: Readonly<{ time: string | null }>) {
  const router = useRouter()
  const refresh = useEffectEvent(() => router.refresh())

  useEffect(() => {
    if (time === null) return
    const wait = Math.max(Date.parse(time) - Date.now() + 300, 0)
    const timer = setTimeout(refresh, Math.min(wait, timerMax))
    return () => clearTimeout(timer)
  }, [time])

  return null
}
