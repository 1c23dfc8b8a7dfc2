import { UserRoundCheck } from "lucide-react"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { Absent } from "@/lib/access/actor"

/** Above every page of whoever stands in for somebody: for whom, until when, and what that means. */
export function StandInBanner({ absent }: Readonly<{ absent: readonly Absent[] }>) {
  if (absent.length === 0) return null

  return (
    <section
      aria-label="For whom you stand in"
      className="border-b border-line bg-hover px-4 py-2 text-sm md:px-6"
    >
      <ul className="flex flex-col gap-1">
        {absent.map(({ personId, name, endsAt }) => (
          <li key={personId} className="grid grid-cols-[16px_minmax(0,1fr)] items-start gap-x-3">
            <UserRoundCheck size={16} aria-hidden className="mt-0.5" />
            <p className="[overflow-wrap:anywhere]">
              <span className="font-medium">
                You stand in for <Visible text={name} /> until <Time at={endsAt} as="day" />.
              </span>{" "}
              <span className="text-muted">What waits for them stands in your inbox as well.</span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}
