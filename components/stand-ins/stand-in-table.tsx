import { Badge } from "@/components/ui/badge"
import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { StandInView } from "@/lib/stand-ins/stand-in.schema"
import { EndStandIn } from "./end-stand-in"

/** Who stands in for whom, from when to when. */
export function StandInTable({ label, rows }: Readonly<{ label: string; rows: readonly StandInView[] }>) {
  return (
    <DataTable
      label={label}
      rows={rows}
      keyOf={({ standInId }) => standInId}
      columns={[
        { head: "Who stands in", cell: (row) => (row.isYou ? "you" : <Visible text={row.standIn.name} />) },
        { head: "For", cell: (row) => (row.isYours ? "you" : <Visible text={row.absent.name} />) },
        { head: "From", cell: (row) => <Time at={row.startsAt} as="day" isFocusable /> },
        { head: "Until", cell: (row) => <Time at={row.endsAt} as="day" isFocusable /> },
        { head: "State", cell: ({ status }) => <Badge {...states[status]} />, onPhone: "bare" },
        {
          head: "Action",
          cell: (row) => row.mayEnd && <EndStandIn standIn={row} />,
          align: "right",
          onPhone: "bare",
        },
      ]}
    />
  )
}

const states = {
  planned: { tone: "waits", words: "planned" },
  now: { tone: "good", words: "now" },
  over: { tone: "off", words: "over" },
  ended: { tone: "off", words: "ended" },
} as const
