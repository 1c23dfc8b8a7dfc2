import type { DiffPart } from "@/components/diffs/diff-model"

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
