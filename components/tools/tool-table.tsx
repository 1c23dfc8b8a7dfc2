import { Badge } from "@/components/ui/badge"
import { DataTable, type Column } from "@/components/ui/data-table"
import { TierMark } from "@/components/ui/tier-mark"
import { Time } from "@/components/ui/time"
import type { ToolView } from "@/lib/tools/tool.schema"
import { toolPath, toolStatusWords, waitingWords } from "./tool-words"

type Props = Readonly<{
  label: string
  tools: readonly ToolView[]
  tenantNames: ReadonlyMap<string, string>
  /** Whether the heading above does not say client and server already. */
  isMixed: boolean
  mayManage: (tenantId: string) => boolean
}>

/** Tools: how much harm each can do, where it may be used, and where it stands. */
export function ToolTable({ label, tools, tenantNames, isMixed, mayManage }: Props) {
  const places: Column<ToolView>[] = isMixed
    ? [
        { head: "Server", cell: ({ server }) => <span className="font-mono">{server}</span> },
        { head: "Client", cell: ({ tenantId }) => tenantNames.get(tenantId), onPhone: "bare" },
      ]
    : []

  return (
    <DataTable
      label={label}
      rows={tools}
      keyOf={toolPath}
      hrefOf={toolPath}
      columns={[
        { head: "Tool", cell: ({ name }) => <span className="font-mono">{name}</span> },
        {
          head: "State",
          cell: ({ status, tenantId }) => (
            <Badge
              {...(status === "waiting" && !mayManage(tenantId) ? waitingWords : toolStatusWords[status])}
            />
          ),
          onPhone: "bare",
        },
        {
          head: "Tier",
          cell: ({ tier }) =>
            tier === null ? <span className="text-faint">none</span> : <TierMark tier={tier} />,
          onPhone: ({ tier }) => (tier === null ? "named" : "bare"),
        },
        ...places,
        { head: "Version", cell: ({ version }) => <span className="font-mono text-xs">{version}</span> },
        { head: "Allowed in", cell: (tool) => <AllowedIn tool={tool} /> },
        { head: "Since", cell: (tool) => <Since tool={tool} />, align: "right", onPhone: "hidden" },
      ]}
    />
  )
}

function AllowedIn({ tool: { allowedIn } }: Readonly<{ tool: ToolView }>) {
  if (allowedIn.length === 0) return <span className="text-faint">nowhere</span>

  const places = allowedIn.map(({ environment }) => environment).join(", ")
  const isBounded = allowedIn.some(({ patchPaths }) => patchPaths !== null)
  return (
    <>
      {places}
      {isBounded && <span className="text-faint"> · some fields</span>}
    </>
  )
}

function Since({ tool: { status, offeredAt, acceptedAt } }: Readonly<{ tool: ToolView }>) {
  const at = status === "waiting" ? offeredAt : acceptedAt
  return at === null ? null : <Time at={at} as="age" />
}
