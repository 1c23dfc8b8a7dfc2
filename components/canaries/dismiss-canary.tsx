"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { callApi } from "@/components/ui/call-api"
import { say } from "@/components/ui/said-line"

/** Says that one has read how a test ended; the line goes and does not come back. */
export function DismissCanary({ approvalId }: Readonly<{ approvalId: string }>) {
  const [isBusy, setBusy] = useState(false)
  const refresh = useRefresh()
  const dismiss = async () => {
    setBusy(true)
    const answer = await callApi({ method: "PUT", path: `/api/v1/approvals/${approvalId}/canary/seen` })
    if (!answer.ok) say("This could not be saved. Try again in a moment.")
    await refresh()
    setBusy(false)
  }

  return (
    <Button look="plain" disabled={isBusy} onClick={() => void dismiss()}>
      I have read this
    </Button>
  )
}
