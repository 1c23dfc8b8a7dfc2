import type { ReactNode } from "react"
import { DataTable } from "@/components/ui/data-table"
import type { AttentionSummary } from "@/lib/attention/attention"
import { shareWords, spanWords } from "./attention-words"

type Props<Row> = Readonly<{
  label: string
  /** What a row is about: `Client`. */
  head: string
  rows: readonly Row[]
  keyOf: (row: Row) => string
  nameOf: (row: Row) => ReactNode
}>

/** How decisions are made, by client, tool or person: plain numbers, nobody first. */
export function GroupTable<Row extends AttentionSummary>({ label, head, rows, keyOf, nameOf }: Props<Row>) {
  return (
    <DataTable
      label={label}
      rows={rows}
      keyOf={keyOf}
      columns={[
        { head, cell: nameOf },
        { head: "Decisions", cell: ({ decisions }) => decisions, align: "right" },
        { head: "Denied", cell: ({ denials }) => denials, align: "right" },
        { head: "Time at the median", cell: ({ medianMs }) => spanWords(medianMs), align: "right" },
        {
          head: "Not all shown",
          cell: ({ beforeShown, decisions, withoutPage }) => shareWords(beforeShown, decisions - withoutPage),
          align: "right",
        },
        {
          head: "Quick",
          cell: ({ quick, decisions, withoutPage }) => shareWords(quick, decisions - withoutPage),
          align: "right",
        },
      ]}
    />
  )
}
