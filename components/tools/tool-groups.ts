import type { ToolView } from "@/lib/tools/tool.schema"

/** Tools under one heading. */
export type ToolGroup = Readonly<{ key: string; title: string; tools: readonly ToolView[] }>

/** Tools by client and server, in their order; what waits comes first, all of it together. */
export function toolGroups(
  tools: readonly ToolView[],
  tenantNames: ReadonlyMap<string, string>,
): ToolGroup[] {
  const groups = new Map<string, ToolView[]>()
  const waiting = tools.filter(({ status }) => status === "waiting")
  for (const tool of tools) {
    if (tool.status === "waiting") continue
    const key = `${tool.tenantId}/${tool.server}`
    groups.set(key, [...(groups.get(key) ?? []), tool])
  }
  const others = [...groups].flatMap(([key, found]): ToolGroup[] => {
    const [first] = found
    if (first === undefined) return []
    const client = tenantNames.size > 1 ? `${tenantNames.get(first.tenantId) ?? ""} · ` : ""
    return [{ key, title: `${client}${first.server}`, tools: found }]
  })
  const sorted = others.sort((one, other) => one.title.localeCompare(other.title, "en"))

  return waiting.length === 0
    ? sorted
    : [{ key: "waiting", title: `Waiting to be read (${waiting.length})`, tools: waiting }, ...sorted]
}
