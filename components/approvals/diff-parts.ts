import type { DiffPart } from "@/components/diffs/diff-model"
import { partBody } from "@/components/diffs/part-body"
import type { ApprovalView } from "@/lib/approvals/approval.schema"

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

/** What the change is about, and where that is. */
export function placeOf(target: Readonly<Record<string, string>>): Pick<DiffPart, "path" | "workspace"> {
  const { path, from, workspace, system, type, id, name, channel, runner, server } = target
  if (path !== undefined) {
    return { path: from === undefined ? path : `${from} → ${path}`, workspace: workspace ?? "" }
  }
  if (type !== undefined) return { path: `${type} ${id ?? ""}`, workspace: system ?? "" }
  const named = name ?? channel ?? runner ?? ""
  return { path: named, workspace: system ?? server ?? "" }
}
