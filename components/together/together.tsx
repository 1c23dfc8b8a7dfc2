"use client"

import { createContext, useContext, useMemo, useState, type ReactNode } from "react"
import type { OfferedChange } from "./reviewed-change"

type Together = Readonly<{
  changes: readonly OfferedChange[]
  isLeftOut: (approvalId: string) => boolean
  leaveOut: (approvalId: string, isOut: boolean) => void
}>

const TogetherContext = createContext<Together | null>(null)

type Props = Readonly<{ changes: readonly OfferedChange[]; children: ReactNode }>

/** Shares which of the changes on the page are part of the decision. */
export function TogetherProvider({ changes, children }: Props) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const together = useMemo(
    () => ({
      changes,
      isLeftOut: (approvalId: string) => left.has(approvalId),
      leaveOut: (approvalId: string, isOut: boolean) =>
        setLeft(
          (now) => new Set([...now].filter((one) => one !== approvalId).concat(isOut ? approvalId : [])),
        ),
    }),
    [changes, left],
  )

  return <TogetherContext value={together}>{children}</TogetherContext>
}

export function useTogether(): Together {
  const together = useContext(TogetherContext)
  if (!together) throw new Error("Changes are decided together inside their provider.")
  return together
}
