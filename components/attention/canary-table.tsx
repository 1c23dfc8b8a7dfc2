import { deviationNames } from "@/components/canaries/canary-words"
import { Section } from "@/components/layout/section"
import { DataTable } from "@/components/ui/data-table"
import { Visible } from "@/components/ui/visible"
import type { CanaryCounts } from "@/lib/canaries/canary.schema"

/** What became of test changes, by client: numbers and what got through, nobody's name. */
export function CanaryTable({ clients }: Readonly<{ clients: readonly CanaryCounts[] }>) {
  if (clients.length === 0) return null

  return (
    <Section title="Test changes" isFlush>
      <DataTable
        label="Test changes"
        rows={clients}
        keyOf={({ tenantId }) => tenantId}
        hrefOf={({ tenantId }) => `/clients/${tenantId}`}
        columns={[
          { head: "Client", cell: ({ name }) => <Visible text={name} /> },
          {
            head: "Came",
            cell: ({ denied, approved, expired }) => denied + approved + expired,
            align: "right",
          },
          { head: "Denied", cell: ({ denied }) => denied, align: "right" },
          { head: "Approved", cell: ({ approved }) => approved, align: "right" },
          { head: "Ran out", cell: ({ expired }) => expired, align: "right" },
          { head: "What got through", cell: throughWords, isWide: true },
        ]}
      />
      <p className="px-4 pt-2 text-sm text-muted md:px-6">
        Changes that Deltaseal made up, with one thing wrong; none could run. What gets through says what is
        hard to see here, not who should have seen it.
      </p>
    </Section>
  )
}

function throughWords({ through }: CanaryCounts): string {
  if (through.length === 0) return "nothing"
  return through
    .map(({ deviation, count }) => `${deviationNames[deviation]}${count === 1 ? "" : ` (${count})`}`)
    .join(", ")
}
