import { Badge } from "@/components/ui/badge"
import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { PolicyVersionView } from "@/lib/policies/policy-version.schema"
import { policyPath } from "./policy-paths"

/** The history of a policy, newest first. */
export function VersionTable({ versions }: Readonly<{ versions: readonly PolicyVersionView[] }>) {
  return (
    <DataTable
      label="Versions"
      rows={versions}
      keyOf={({ version }) => String(version)}
      hrefOf={({ tenantId, version }) => policyPath(tenantId, `/versions/${version}`)}
      columns={[
        { head: "Version", cell: ({ version }) => `Version ${version}` },
        {
          head: "State",
          cell: ({ isInForce }) => isInForce && <Badge tone="good" words="in force" />,
          onPhone: ({ isInForce }) => (isInForce ? "bare" : "hidden"),
        },
        { head: "By", cell: (row) => <Author version={row} /> },
        { head: "Note", cell: (row) => <NoteOf version={row} />, isWide: true, onPhone: "bare" },
        {
          head: "Published",
          cell: ({ publishedAt }) => publishedAt !== null && <Time at={publishedAt} as="age" />,
          align: "right",
          onPhone: ({ publishedAt }) => (publishedAt === null ? "hidden" : "named"),
        },
      ]}
    />
  )
}

type VersionProps = Readonly<{ version: PolicyVersionView }>

function Author({ version: { author, approvedBy } }: VersionProps) {
  if (author === null) return <span className="text-muted">built in</span>

  return (
    <>
      <Visible text={author.name} />
      {approvedBy !== null && (
        <span className="text-muted">
          , approved by <Visible text={approvedBy.name} />
        </span>
      )}
    </>
  )
}

function NoteOf({ version: { note, restores } }: VersionProps) {
  return (
    <span className="md:whitespace-normal">
      {restores !== null && <span className="text-muted">back to version {restores}. </span>}
      <Visible text={note} />
    </span>
  )
}
