import type { DiffPart } from "@/components/diffs/diff-model"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { fieldRows } from "@/lib/changes/field-rows"

/** Each part of a change beside its own diff. */
export function diffParts({ diff, parts }: Pick<ApprovalView, "diff" | "parts">): DiffPart[] {
  const views = diff.type === "multi" ? diff.parts : [diff]

  return parts.map((part, index) => {
    const view = views[index]
    const { op, added, removed, flags, hiddenCharacters } = part
    const shared = { op, added, removed, flags, hiddenCharacters }
    const { path = "", workspace = "", system = "", type = "", id = "" } = part.target
    if (view?.type !== "json_patch") return { ...shared, path, workspace, preview: view?.preview ?? "" }

    const fields = fieldRows(view.preview)
    return { ...shared, path: `${type} ${id}`, workspace: system, preview: JSON.stringify(fields), fields }
  })
}
