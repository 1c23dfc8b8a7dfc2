const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** How long ago: `just now`, `12 s ago`, `4 min ago`, `3 h ago`, `2 d ago`. */
export function ageWords(milliseconds: number): string {
  if (milliseconds < 10_000) return "just now"
  if (milliseconds < minute) return `${Math.floor(milliseconds / 1000)} s ago`
  if (milliseconds < hour) return `${Math.floor(milliseconds / minute)} min ago`
  if (milliseconds < day) return `${Math.floor(milliseconds / hour)} h ago`
  return `${Math.floor(milliseconds / day)} d ago`
}

/** How long there still is: `1 h 12 min`, `42 min`, `4 min 09 s`, `18 s`; `none` when it is over. */
export function leftWords(milliseconds: number): string {
  if (milliseconds <= 0) return "none"
  const seconds = Math.ceil(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return hoursLeft(seconds)
  return `${Math.floor(seconds / 86_400)} d`
}

function hoursLeft(seconds: number): string {
  const minutes = Math.floor((seconds % 3600) / 60)
  return minutes === 0 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 3600)} h ${minutes} min`
}

/** `14:02:11` in that time zone. */
export function clockWords(iso: string, timeZone: string): string {
  return format(iso, { timeZone, timeStyle: "medium" })
}

/** `22 Nov 2026, 14:02:11 CET`. */
export function exactWords(iso: string, timeZone: string): string {
  return format(iso, {
    timeZone,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  })
}

/** `3 Nov`, with the year when it is not this one. */
export function dayWords(iso: string, timeZone: string, now: number): string {
  const isThisYear = new Date(iso).getUTCFullYear() === new Date(now).getUTCFullYear()
  return format(iso, { timeZone, day: "numeric", month: "short", ...(isThisYear ? {} : { year: "numeric" }) })
}

/** `2026-11-22` in that time zone; the same for all of a day, so that times can be put together by it. */
export function dayKey(iso: string, timeZone: string): string {
  const day = { timeZone, year: "numeric", month: "2-digit", day: "2-digit" } as const
  return new Intl.DateTimeFormat("en-CA", day).format(new Date(iso))
}

/** A time zone that this machine knows, or UTC. */
export function knownTimeZone(name: string | undefined): string {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: name ?? "UTC" }).resolvedOptions().timeZone
  } catch {
    return "UTC"
  }
}

function format(iso: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", ...options }).format(new Date(iso))
}
