import type { DiffPart } from "@/components/diffs/diff-model"
import type { ApprovalView } from "@/lib/approvals/approval.schema"

/** Each part of a change beside its own diff. */
export function diffParts({ diff, parts }: Pick<ApprovalView, "diff" | "parts">): DiffPart[] {
  const views = diff.type === "multi" ? diff.parts : [diff]

  return parts.map((part, index) => ({
    path: part.target["path"] ?? "",
    workspace: part.target["workspace"] ?? "",
    op: part.op,
    added: part.added,
    removed: part.removed,
    flags: part.flags,
    preview: views[index]?.preview ?? "",
  }))
}
