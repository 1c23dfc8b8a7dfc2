"use client"

import { useEffect, useRef } from "react"
import { useReview } from "@/components/diffs/review"
import { hunksOf } from "@/components/diffs/plan-calls"
import { createViewLog, type ViewLog } from "./view-log"

type Props = Readonly<{
  approvalId: string
  changeHash: string
  /** Which call of the page it is, from 1; nothing where the change is all there is. */
  call?: number
}>

/** Tells the server what this page has shown of a change, and for how long. It shows nothing itself. */
export function ViewReport({ approvalId, changeHash, call }: Props) {
  const { files, isHunkSeen } = useReview()
  const hunks = hunksOf(files, call)
  const hunksTotal = hunks.length
  const hunksShown = hunks.filter(({ id }) => isHunkSeen(id)).length
  const log = useRef<ViewLog>(null)

  useEffect(() => {
    const started = createViewLog({ approvalId, changeHash })
    log.current = started
    return started.start()
  }, [approvalId, changeHash])
  useEffect(
    () => log.current?.note({ hunksShown, hunksTotal }),
    [approvalId, changeHash, hunksShown, hunksTotal],
  )

  return null
}
