"use client"

import { useEffect, useLayoutEffect, useRef, useState } from "react"
import type { Segment } from "./diff-model"
import { DiffLineRow } from "./diff-line"
import { FieldTable } from "./field-table"
import type { DiffLine } from "./parse-unified"
import { useReview } from "./review"
import { SplitLineRow } from "./split-line"
import type { Range } from "./word-changes"

type Props = Readonly<{
  segment: Segment
  marks: ReadonlyMap<DiffLine, readonly Range[]>
  /** Whether its lines may wait until it comes near. Until then it keeps their place and was not seen. */
  isLazy: boolean
}>

const lineHeight = 20

/** A stretch of lines that is watched until it was on screen. */
export function DiffSegment({ segment, marks, isLazy }: Props) {
  const { watch } = useReview()
  const element = useRef<HTMLDivElement>(null)
  const height = useRef((segment.rows ?? segment.lines).length * lineHeight)
  const [isNear, setNear] = useState(!isLazy)

  useEffect(() => {
    const current = element.current
    if (!isLazy || !current) return

    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry) return
        if (!entry.isIntersecting && entry.boundingClientRect.height > 0)
          height.current = entry.boundingClientRect.height
        setNear(entry.isIntersecting)
      },
      { rootMargin: "2000px 0px" },
    )
    observer.observe(current)
    return () => observer.disconnect()
  }, [isLazy])

  // Through the object model: a style attribute in the server's page would break the page's own policy.
  useLayoutEffect(() => {
    if (element.current) element.current.style.minHeight = isNear ? "" : `${height.current}px`
  }, [isNear])

  useEffect(() => {
    if (isNear && element.current) return watch(segment.id, element.current)
    return undefined
  }, [isNear, segment.id, watch])

  return (
    <div ref={element} id={segment.id} tabIndex={-1} className="min-h-px outline-none">
      {isNear && <SegmentContent segment={segment} marks={marks} />}
    </div>
  )
}

function SegmentContent({ segment: { fields, rows, lines }, marks }: Pick<Props, "segment" | "marks">) {
  const changed = (line: DiffLine | null) => (line === null ? undefined : marks.get(line))

  if (fields !== undefined) return <FieldTable fields={fields} />
  if (rows === undefined) {
    return lines.map((line, index) => <DiffLineRow key={index} line={line} changed={changed(line)} />)
  }
  return rows.map((row, index) => (
    <SplitLineRow key={index} row={row} oldChanged={changed(row.old)} newChanged={changed(row.new)} />
  ))
}
