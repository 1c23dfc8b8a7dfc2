import { AppError } from "@/lib/errors/app-error"
import type { KeyCredential } from "@/lib/keys/credential"
import { isTerminal } from "./approval"
import type { ApprovalView } from "./approval.schema"
import { findStanding, type ApprovalStanding } from "./approvals.repo"

/**
 * Open approvals that this process has shown or made. What people review never
 * changes, and everything else moves with the version, so an agent that asks
 * again costs one look at the row: who asks, whether they may, where it stands.
 */
const known = new Map<string, Readonly<{ view: ApprovalView; until: number }>>()
const knownMax = 1_000

/** So long at the most is a name shown that has changed since, or content kept that was erased (milliseconds). */
const knownMs = 60_000

/** Contents above this are read again each time, so that all that is known stays small. */
const contentBytesMax = 16 * 1024

/** Keeps an approval that is still open. */
export function rememberApproval(view: ApprovalView): void {
  if (isTerminal(view.status) || contentBytes(view) > contentBytesMax) return
  // One that waits for its second administrator lapses by time alone.
  if (view.breakGlass?.status === "open") return
  known.delete(view.approvalId)
  for (const oldest of known.keys()) {
    if (known.size < knownMax) break
    known.delete(oldest)
  }
  known.set(view.approvalId, { view, until: Date.now() + knownMs })
}

/**
 * A known approval as it stands now, or null when it has to be read.
 *
 * @throws AppError `unauthenticated`, `scope_missing`, `not_found`
 */
export async function knownApproval(
  credential: KeyCredential,
  approvalId: string,
): Promise<ApprovalView | null> {
  const entry = known.get(approvalId)
  if (entry === undefined || entry.until < Date.now()) return null

  const standing = await findStanding(credential, approvalId)
  if (standing === null) throw new AppError("internal")
  if (standing.code !== null) throw new AppError(standing.code)
  // Open means that its run is too: closing a run moves the version of what it has open.
  const isAsKnown = standing.version === entry.view.version && !isTerminal(standing.status)
  if (isAsKnown) return withStanding(entry.view, standing)

  known.delete(approvalId)
  return null
}

function withStanding(view: ApprovalView, standing: ApprovalStanding): ApprovalView {
  return {
    ...view,
    status: standing.status,
    expiresAt: standing.expires_at.toISOString(),
    useBy: standing.use_by?.toISOString() ?? null,
    decidedAt: standing.decided_at?.toISOString() ?? null,
    endedBecause: standing.ended_because,
  }
}

function contentBytes({ parts }: ApprovalView): number {
  return parts
    .flatMap(({ before, after }) => [before, after])
    .reduce((sum, state) => sum + (state.state === "present" ? state.bytes : 0), 0)
}
