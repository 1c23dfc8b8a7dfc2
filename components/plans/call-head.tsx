"use client"

import { useEffect, useRef, type ReactNode } from "react"
import { useDiff } from "@/components/diffs/review"
import { rowUnits } from "@/components/diffs/seen-ledger"

type Props = Readonly<{ call: number; children: ReactNode }>

/** What stands above a call's diff. It is watched like a line of it: a plan is approved with all that was said of each call. */
export function CallHead({ call, children }: Props) {
  const { files, watch } = useDiff()
  const element = useRef<HTMLElement>(null)
  const head = files.find(({ part, head }) => part.call === call && head !== undefined)?.head
  useEffect(() => {
    if (head === undefined || element.current === null) return
    return watch({ element: element.current, rows: rowUnits(head), hasRowElements: false })
  }, [head, watch])

  // A section of its own, without a header: nothing sticks above it but the page's top bar.
  return (
    <section
      ref={element}
      id={`call${call}`}
      tabIndex={-1}
      className="flex flex-col gap-2 px-4 pb-3 outline-none md:px-6"
    >
      {children}
    </section>
  )
}
