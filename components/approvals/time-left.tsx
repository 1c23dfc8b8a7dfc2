"use client"

import { useNow } from "@/components/ui/clock"
import { Time } from "@/components/ui/time"
import { closingFrom } from "@/lib/approvals/closing"

type Props = Readonly<{
  at: string
  /** When its time began: the last of it is called closing. */
  since: string
}>

/** How long there is left, in amber and words when it is not long. */
export function TimeLeft({ at, since }: Props) {
  const now = useNow()
  const [isOver, isClosing] = [now >= Date.parse(at), now >= closingFrom(since, at)]

  return (
    <span className={isClosing ? "font-medium text-look-ink" : ""}>
      <Time at={at} as="left" />
      {!isOver && " left"}
      {isClosing && !isOver && <span className="block text-xs">closing soon</span>}
    </span>
  )
}
