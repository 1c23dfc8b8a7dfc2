"use client"

import { useRouter } from "next/navigation"
import { useCallback } from "react"

/**
 * Asks the server for this page anew, keeping what is typed and selected. Only
 * when the server answers at all: the framework meets a failed request by
 * loading the address again, which would cost people their page and their words.
 */
export function useRefresh(): () => Promise<void> {
  const router = useRouter()

  return useCallback(async () => {
    if (await isServing()) router.refresh()
  }, [router])
}

async function isServing(): Promise<boolean> {
  try {
    return (await fetch("/readyz", { cache: "no-store" })).ok
  } catch {
    return false
  }
}
