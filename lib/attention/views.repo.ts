import { hotJson } from "@/lib/db/hot-call"
import type { ErrorCode } from "@/lib/errors/app-error"

export type RecordedView = Readonly<{ code: null; isKept: boolean }> | Readonly<{ code: ErrorCode }>

/** One round trip: who reports, whether they may see the approval, and what their page has shown of it. */
export async function recordView(
  sessionId: string,
  view: Readonly<{
    approvalId: string
    changeHash: string
    visibleMs: number
    hunksShown: number
    hunksTotal: number
    isComplete: boolean
  }>,
): Promise<RecordedView | null> {
  const { approvalId, changeHash, visibleMs, hunksShown, hunksTotal, isComplete } = view
  return hotJson(
    "record_view",
    [sessionId, approvalId, changeHash, visibleMs, hunksShown, hunksTotal, isComplete],
    "write",
  )
}
