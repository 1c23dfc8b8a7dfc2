import type { Envelope } from "@deltaseal/guard/change"
import { openContent } from "@/lib/changes/content-seal"
import { readStoredDiff } from "@/lib/changes/stored-diff"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import type { ApprovalRow } from "./approval-row"
import type { ApprovalView } from "./approval.schema"
import { toApprovalView } from "./approval.view"
import type { Written } from "./approvals.repo"

/** An approval as the functions of the migrations read it, with the bytes of its envelope and its sealed diff. */
export type StoredApproval = Readonly<{
  tenant_id: string
  approval: ApprovalRow
  envelope: Buffer | null
  diff_key: Buffer | null
  diff_sealed: Buffer | null
}>

/** @throws AppError `internal` when bytes are missing or do not open with our key */
export function openApproval(stored: StoredApproval): ApprovalView {
  const { tenant_id, approval, envelope, diff_key, diff_sealed } = stored
  if (envelope === null || diff_key === null || diff_sealed === null) {
    throw new AppError("internal", "The content of this approval is missing.")
  }

  const diff = openContent(tenant_id, approval.diffDigest, { wrappedKey: diff_key, sealed: diff_sealed })
  return toApprovalView(approval, {
    // Our own canonical bytes, which were strict when they were hashed.
    envelope: JSON.parse(envelope.toString("utf8")) as Envelope,
    diff: readStoredDiff(diff),
    origin: runtime().config.origin,
  })
}

/** An approval as a write has left it that was not refused. Whoever lost their part in it meanwhile is told all the same. */
export function writtenApproval({ approval, ...content }: Omit<Written<object>, "answer">): ApprovalView {
  if (approval === null) throw new AppError("internal")

  return openApproval({ ...content, tenant_id: approval.tenantId, approval })
}
