"use client"

import Link from "next/link"
import { useTimeZone } from "@/components/ui/clock"
import { Time } from "@/components/ui/time"
import type { RunEvent } from "@/lib/runs/run.schema"
import { RunEventRow } from "./run-event-row"
import { timelineDays } from "./timeline-days"

type Props = Readonly<{
  events: readonly RunEvent[]
  /** The way back to the first events; null where these are they. */
  startPath: string | null
  /** The way on; null where there is nothing later. */
  laterPath: string | null
}>

const linkLook = "rounded text-accent underline underline-offset-4"

/** What happened in a run, oldest first, by day. It grows while one looks. */
export function RunTimeline({ events, startPath, laterPath }: Props) {
  const days = timelineDays(events, useTimeZone())

  return (
    <section aria-labelledby="timeline-title" className="flex flex-col">
      <div className="flex flex-wrap items-baseline gap-x-3 border-b border-line px-4 pb-1.5 md:px-6">
        <h2 id="timeline-title" className="text-sm font-semibold">
          What happened
        </h2>
        {startPath !== null && (
          <p className="text-sm text-muted">
            later events ·{" "}
            <Link href={startPath} className={linkLook}>
              Show from the beginning
            </Link>
          </p>
        )}
      </div>
      {events.length === 0 && (
        <p className="px-4 py-3 text-sm text-muted md:px-6">
          {startPath === null ? "Nothing is on record for this run yet." : "Nothing later has happened yet."}
        </p>
      )}
      {days.map(({ day, events: ofDay }) => (
        <div key={day}>
          {days.length > 1 && (
            <h3 className="border-b border-line bg-surface px-4 py-1 text-xs font-medium text-muted md:px-6">
              <Time at={ofDay[0]?.timestamp ?? day} as="day" />
            </h3>
          )}
          <ol>
            {ofDay.map((event) => (
              <RunEventRow key={event.eventId} event={event} />
            ))}
          </ol>
        </div>
      ))}
      {laterPath !== null && (
        <p className="px-4 py-4 text-sm md:px-6">
          <Link href={laterPath} className={linkLook}>
            Show later events
          </Link>
        </p>
      )}
    </section>
  )
}
