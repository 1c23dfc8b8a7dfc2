"use client"

import type { ReactNode } from "react"
import { showPart } from "@/components/diffs/use-current-part"

type Props = Readonly<{ call: number; children: ReactNode }>

/** Leads down the page to where a call is laid out; all of its row is the link. */
export function CallLink({ call, children }: Props) {
  return (
    <a
      href={`#call${call}`}
      onClick={(event) => {
        event.preventDefault()
        showPart(`call${call}`)
      }}
      className="font-medium outline-none after:absolute after:inset-0 after:outline-offset-[-2px] focus-visible:after:outline-2 focus-visible:after:outline-accent"
    >
      {children}
    </a>
  )
}
