"use client"

import { Check } from "lucide-react"
import { useEffect, useRef } from "react"
import { CallNumber } from "@/components/ui/call-number"
import { LineCounts } from "@/components/ui/line-counts"
import { Visible } from "@/components/ui/visible"
import type { FileModel } from "./diff-model"
import { anchorOf } from "./plan-calls"
import { useReview } from "./review"
import { showPart } from "./use-current-part"

type Props = Readonly<{
  current: number
  /** When one was chosen. */
  onChoose?: () => void
}>

/** Every part of a change in order: a way to it, whether it was all on screen, and which one is being read. */
export function PartList({ current, onChoose }: Props) {
  const { files, isHunkSeen } = useReview()
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    keepInSight(list.current, current)
  }, [current])

  return (
    <ul ref={list} className="relative flex flex-col">
      {files.map((file, index) => (
        <li key={file.id}>
          <a
            href={`#${anchorOf(file)}`}
            aria-current={index === current ? "location" : undefined}
            onClick={(event) => {
              event.preventDefault()
              onChoose?.()
              showPart(anchorOf(file))
            }}
            className="flex min-h-8 items-center gap-2 rounded-md px-2 py-1 text-sm -outline-offset-2 hover:bg-hover aria-[current]:bg-hover max-lg:min-h-11"
          >
            {file.part.call !== undefined && <CallNumber call={file.part.call} />}
            <span className="min-w-0 flex-1 font-mono text-xs">
              <PartName part={file.part} />
            </span>
            <LineCounts added={file.part.added} removed={file.part.removed} />
            <span className="w-4 shrink-0 text-muted">
              {file.hunks.every((hunk) => isHunkSeen(hunk.id)) && (
                <Check size={14} aria-label="seen" role="img" />
              )}
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}

function PartName({ part }: Readonly<{ part: FileModel["part"] }>) {
  return (
    <>
      {part.kind !== "file" && <span className="font-sans text-faint">{part.kind} </span>}
      <Visible text={part.path} />
    </>
  )
}

/** Scrolls the list, and never the page, to where the current part is. */
function keepInSight(list: HTMLUListElement | null, current: number): void {
  const scroller = list?.parentElement
  const item = list?.children[current]
  if (!scroller || !(item instanceof HTMLElement)) return

  const [top, bottom] = [item.offsetTop, item.offsetTop + item.offsetHeight]
  if (top < scroller.scrollTop) scroller.scrollTop = top
  else if (bottom > scroller.scrollTop + scroller.clientHeight)
    scroller.scrollTop = bottom - scroller.clientHeight
}
