import type { FieldRow } from "@/components/diffs/field-model"
import { FieldTable } from "@/components/diffs/field-table"

/** What one policy changes of another, in a box of its own that scrolls when it is long. */
export function Difference({ fields }: Readonly<{ fields: readonly FieldRow[] }>) {
  return (
    <div
      className="max-h-[40dvh] overflow-y-auto rounded-md border border-line"
      tabIndex={0}
      role="region"
      aria-label="The difference"
    >
      <FieldTable fields={fields} />
    </div>
  )
}
