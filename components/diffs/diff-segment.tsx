"use client"

import { memo, useEffect, useRef } from "react"
import type { DiffItem } from "./diff-items"
import { DiffLineRow } from "./diff-line"
import type { HunkModel, Segment } from "./diff-model"
import { FieldTable } from "./field-table"
import { hunkMarks } from "./line-marks"
import type { DiffLine } from "./parse-unified"
import { useDiff } from "./review"
import { rowUnits } from "./seen-ledger"
import { SplitLineRow } from "./split-line"

type Props = Readonly<{ item: Extract<DiffItem, { segment: Segment }> }>

/** A stretch of lines. Those of a hunk are watched until they were on screen; unchanged ones that were asked for are not. */
export const DiffSegment = memo(function DiffSegment({ item }: Props) {
  const { watch } = useDiff()
  const element = useRef<HTMLDivElement>(null)
  const { kind, segment } = item
  useEffect(() => {
    if (kind === "context" || !element.current) return
    const hasRowElements = segment.fields === undefined && segment.lines.length > 0
    return watch({ element: element.current, rows: rowUnits(segment), hasRowElements })
  }, [kind, segment, watch])

  const title = item.kind === "segment" ? item.title : ""
  const label = item.kind === "segment" ? { role: "group", "aria-label": labelOf(item.hunk) } : {}
  return (
    <div {...label}>
      {title !== "" && (
        <div className="border-b border-line bg-accent-soft/40 px-3 py-0.5 font-mono text-xs text-muted">
          <bdi dir="ltr">{title}</bdi>
        </div>
      )}
      <div ref={element} id={segment.id} tabIndex={-1} className="min-h-px outline-none">
        <SegmentContent segment={segment} hunk={item.kind === "segment" ? item.hunk : null} />
      </div>
    </div>
  )
})

function labelOf({ title, segments }: HunkModel): string {
  if (title !== "") return title.startsWith("@@ ") ? `Hunk ${title}` : title
  return segments.some(({ fields }) => fields !== undefined) ? "The fields" : "The whole file"
}

type ContentProps = Readonly<{ segment: Segment; hunk: HunkModel | null }>

function SegmentContent({ segment: { fields, rows, lines }, hunk }: ContentProps) {
  const changed = (line: DiffLine | null) =>
    line === null || hunk === null || line.kind === "context" ? undefined : hunkMarks(hunk).get(line)

  if (fields !== undefined) return <FieldTable fields={fields} />
  if (rows === undefined) {
    return lines.map((line, index) => <DiffLineRow key={index} line={line} changed={changed(line)} />)
  }
  return rows.map((row, index) => (
    <SplitLineRow key={index} row={row} oldChanged={changed(row.old)} newChanged={changed(row.new)} />
  ))
}
