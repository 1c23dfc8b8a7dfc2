import { DataTable } from "@/components/ui/data-table"
import type { AttentionSummary } from "@/lib/attention/attention"
import { sizeWords, spanWords } from "./attention-words"

/** How long changes of each size are looked at. */
export function SizeTable({ sizes }: Pick<AttentionSummary, "sizes">) {
  return (
    <DataTable
      label="Time by size"
      rows={sizes}
      keyOf={({ linesMin }) => String(linesMin)}
      columns={[
        { head: "Size of the change", cell: sizeWords },
        { head: "Decisions", cell: ({ decisions }) => decisions, align: "right" },
        { head: "Time at the median", cell: ({ medianMs }) => spanWords(medianMs), align: "right" },
      ]}
    />
  )
}
