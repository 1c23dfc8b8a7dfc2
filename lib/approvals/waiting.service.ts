import { AppError } from "@/lib/errors/app-error"
import { runtime } from "@/lib/env/runtime"
import { nextWake } from "@/lib/notifications/next-wake"
import type { Asker } from "@/lib/operations/asker"
import type { ApprovalView } from "./approval.schema"
import { pollApproval } from "./approvals.repo"
import { getApproval } from "./approvals.service"

/** How long one long poll may last, in seconds. */
export const waitSecondsMax = 25

/** A lost notification or a revoked key is noticed after this long at the most (milliseconds; SPEC 4.2.6). */
export const recheckMs = 900

/**
 * The approval once it is decided, or as it is when the time is up. With
 * `version`, once its row is no longer that version. Every wake asks the
 * database again who is asking.
 */
export async function waitForApproval(
  asker: Asker,
  approvalId: string,
  options: Readonly<{ waitSeconds: number; version?: number; signal: AbortSignal }>,
): Promise<ApprovalView> {
  const deadline = Date.now() + Math.min(options.waitSeconds, waitSecondsMax) * 1000
  const signal = AbortSignal.any([options.signal, runtime().stopping])

  while (Date.now() < deadline && !signal.aborted) {
    const wake = nextWake(
      (notice) => notice.approvalId === approvalId,
      Math.min(recheckMs, deadline - Date.now()),
      signal,
    )
    const polled = await pollApproval(asker, approvalId)
    if (polled === null) throw new AppError("internal")
    if (polled.code !== null) {
      wake.cancel()
      throw new AppError(polled.code)
    }

    const isWaiting =
      options.version === undefined ? polled.status === "pending" : polled.version === options.version
    if (!isWaiting) {
      wake.cancel()
      break
    }
    await wake.happened
  }

  return getApproval(asker, approvalId)
}
