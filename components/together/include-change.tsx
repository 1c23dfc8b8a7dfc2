"use client"

import { useTogether } from "./together"

type Props = Readonly<{ approvalId: string; number: number }>

/** Whether a change is part of the decision. */
export function IncludeChange({ approvalId, number }: Props) {
  const { isLeftOut, leaveOut } = useTogether()
  const isIn = !isLeftOut(approvalId)

  return (
    <label className="inline-flex min-h-8 w-fit items-center gap-2 text-sm max-md:min-h-11">
      <input
        type="checkbox"
        checked={isIn}
        onChange={(event) => leaveOut(approvalId, !event.target.checked)}
        className="size-4 shrink-0 accent-accent"
      />
      <span className={isIn ? "font-medium" : "text-muted"}>
        {isIn ? "part of this decision" : "left out of this decision"}
        <span className="sr-only">: change {number}</span>
      </span>
    </label>
  )
}
