import { memo } from "react"
import { LineContent, lineMarks } from "./diff-line"
import type { SplitRow } from "./diff-model"
import type { DiffLine } from "./parse-unified"
import type { Range } from "./word-changes"

type Props = Readonly<{
  row: SplitRow
  oldChanged: readonly Range[] | undefined
  newChanged: readonly Range[] | undefined
}>

/** One row of two sides: before and after, each with its number, sign and content. */
export const SplitLineRow = memo(function SplitLineRow({ row, oldChanged, newChanged }: Props) {
  return (
    <div className="split-line">
      <Side line={row.old} number={row.old?.oldNumber} changed={oldChanged} isEcho={false} />
      <Side line={row.new} number={row.new?.newNumber} changed={newChanged} isEcho={row.new === row.old} />
    </div>
  )
})

type SideProps = Readonly<{
  line: DiffLine | null
  number: number | null | undefined
  changed: readonly Range[] | undefined
  /** Whether it says again what the other side says; readers hear it once. */
  isEcho: boolean
}>

function Side({ line, number, changed, isEcho }: SideProps) {
  if (line === null) return <div className="split-side" data-kind="none" />

  return (
    <div className="split-side" data-kind={line.kind} aria-hidden={isEcho || undefined}>
      <span className="diff-number">{number}</span>
      <span className="diff-mark">{lineMarks[line.kind]}</span>
      <LineContent line={line} changed={changed} />
    </div>
  )
}
