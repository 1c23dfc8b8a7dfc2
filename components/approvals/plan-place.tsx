import Link from "next/link"
import { IdText } from "@/components/ui/id-text"

type Props = Readonly<{ place: Readonly<{ planId: string; number: number; waiting: number }> }>

/** That a change is a call of a plan, and the way to decide on all of it at once. */
export function PlanPlace({ place: { planId, number, waiting } }: Props) {
  const path = `/plans/${planId}`

  return (
    <p className="flex flex-wrap items-baseline gap-x-2 gap-y-1 border-l-2 border-line-strong pl-3 text-sm">
      <span>Part {number} of plan</span>
      <IdText id={planId} label="Copy the plan's id" href={path} />
      {waiting > 1 && (
        <Link href={path} className="rounded text-accent underline underline-offset-4">
          Decide all {waiting} calls of it that wait
        </Link>
      )}
    </p>
  )
}
