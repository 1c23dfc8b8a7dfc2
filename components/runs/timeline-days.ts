import { dayKey } from "@/components/ui/time-format"

/** Events in stretches of one day each, in the order they came. */
export function timelineDays<Event extends Readonly<{ timestamp: string }>>(
  events: readonly Event[],
  timeZone: string,
): Readonly<{ day: string; events: readonly Event[] }>[] {
  const days: { day: string; events: Event[] }[] = []
  for (const event of events) {
    const day = dayKey(event.timestamp, timeZone)
    const last = days.at(-1)
    if (last?.day === day) last.events.push(event)
    else days.push({ day, events: [event] })
  }

  return days
}
