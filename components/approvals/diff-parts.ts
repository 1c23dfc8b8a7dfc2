import type { DiffPart } from "@/components/diffs/diff-model"
import { partBody } from "@/components/diffs/part-body"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { placeOf } from "./part-place"

type Shown = Pick<ApprovalView, "diff" | "parts"> & Partial<Pick<ApprovalView, "approvalId">>

/** Each part of a change beside its own diff. */
export function diffParts({ approvalId, diff, parts }: Shown): DiffPart[] {
  const views = diff.type === "multi" ? diff.parts : [diff]

  return parts.map((part, index) => {
    const { op, added, removed, flags, hiddenCharacters, target } = part
    const shared = { kind: part.kind, op, added, removed, flags, hiddenCharacters }
    const origin = approvalId === undefined ? {} : { origin: { approvalId, position: index + 1 } }
    return { ...shared, ...origin, ...placeOf(target), ...partBody(views[index], part) }
  })
}
