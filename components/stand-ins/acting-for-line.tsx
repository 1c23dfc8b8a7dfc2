import { UserRoundCheck } from "lucide-react"
import { Visible } from "@/components/ui/visible"

/** That a decision made here is somebody else's, who is away. */
export function ActingForLine({ name }: Readonly<{ name: string }>) {
  return (
    <p
      role="note"
      className="flex items-baseline gap-2 rounded border border-line bg-hover px-3 py-1.5 text-sm"
    >
      <UserRoundCheck size={14} aria-hidden className="shrink-0 self-center" />
      <span>
        You decide this in the place of <Visible text={name} />, who is away. It is kept as yours for them.
      </span>
    </p>
  )
}
