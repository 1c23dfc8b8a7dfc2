import { Badge } from "@/components/ui/badge"
import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { PackView } from "@/lib/policies/pack.schema"
import { clientWords } from "./choice-words"
import { packPath } from "./pack-paths"

type Props = Readonly<{ pack: PackView }>

/** The versions of a pack, newest first. */
export function PackVersionTable({ pack: { packId, versions, shown } }: Props) {
  return (
    <DataTable
      label="Versions"
      rows={versions}
      keyOf={({ version }) => String(version)}
      hrefOf={({ version }) => packPath(packId, `?version=${version}`)}
      columns={[
        { head: "Version", cell: ({ version }) => `Version ${version}` },
        {
          head: "State",
          cell: ({ version }) => version === shown && <Badge tone="open" words="shown here" />,
          onPhone: ({ version }) => (version === shown ? "bare" : "hidden"),
        },
        { head: "By", cell: ({ author }) => <Visible text={author.name} /> },
        {
          head: "Note",
          cell: ({ note }) => (
            <span className="md:whitespace-normal">
              <Visible text={note} />
            </span>
          ),
          isWide: true,
          onPhone: ({ note }) => (note === "" ? "hidden" : "bare"),
        },
        { head: "Saved", cell: ({ createdAt }) => <Time at={createdAt} as="age" />, align: "right" },
      ]}
    />
  )
}

/** The roll-outs of a pack, newest first. */
export function RolloutTable({ pack: { packId, rollouts } }: Props) {
  return (
    <DataTable
      label="Roll-outs"
      rows={rollouts}
      keyOf={({ rolloutId }) => rolloutId}
      hrefOf={({ rolloutId }) => packPath(packId, `/rollouts/${rolloutId}`)}
      columns={[
        {
          head: "Rolled out",
          cell: ({ packVersion, clients }) => `Version ${packVersion} to ${clientWords(clients)}`,
        },
        {
          head: "State",
          cell: ({ rolledBackAt }) =>
            rolledBackAt !== null && (
              <span className="text-muted">
                rolled back <Time at={rolledBackAt} as="age" />
              </span>
            ),
          onPhone: ({ rolledBackAt }) => (rolledBackAt === null ? "hidden" : "bare"),
        },
        { head: "By", cell: ({ startedBy }) => <Visible text={startedBy.name} /> },
        { head: "When", cell: ({ startedAt }) => <Time at={startedAt} as="age" />, align: "right" },
      ]}
    />
  )
}
