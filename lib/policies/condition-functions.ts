import { RE2JS } from "re2js"
import { ConditionFault, isList, isObject, kindOf, Moment, scanSteps, Span, spend } from "./condition-value"
import type { Meter } from "./condition-value"

/** A function that conditions may call: `args` starts with what it is called on, if anything. */
export type ConditionFunction = (args: readonly unknown[], meter: Meter) => unknown

/** The functions that stand alone, by name. */
export const functions: ReadonlyMap<string, ConditionFunction> = new Map<string, ConditionFunction>([
  ["size", ([value], meter) => sizeOf(value, meter)],
  ["int", ([value]) => Math.trunc(numberFrom(value))],
  ["double", ([value]) => numberFrom(value)],
  ["string", ([value]) => textFrom(value)],
  ["timestamp", ([value]) => momentFrom(value)],
  ["duration", ([value]) => spanFrom(value)],
])

/** Those that are called on a value, by name, but for `matches` and the macros. */
export const methods: ReadonlyMap<string, ConditionFunction> = new Map<string, ConditionFunction>([
  ["size", ([value], meter) => sizeOf(value, meter)],
  ["startsWith", ([text, part], meter) => textOf(text).startsWith(scanned(part, meter))],
  ["endsWith", ([text, part], meter) => textOf(text).endsWith(scanned(part, meter))],
  ["contains", contains],
  ["lowerAscii", ([text], meter) => scanned(text, meter).replace(/[A-Z]+/g, (run) => run.toLowerCase())],
  ["upperAscii", ([text], meter) => scanned(text, meter).replace(/[a-z]+/g, (run) => run.toUpperCase())],
  ["trim", ([text], meter) => scanned(text, meter).trim()],
  ["getFullYear", ([time, zone], meter) => clock(time, zone, "year", meter)],
  ["getMonth", ([time, zone], meter) => clock(time, zone, "month", meter) - 1],
  ["getDate", ([time, zone], meter) => clock(time, zone, "day", meter)],
  ["getDayOfWeek", ([time, zone], meter) => clock(time, zone, "weekday", meter)],
  ["getHours", ([time, zone], meter) => hoursOf(time, zone, meter)],
  ["getMinutes", ([time, zone], meter) => minutesOf(time, zone, meter)],
  [
    "getSeconds",
    ([time]) => (time instanceof Span ? Math.trunc(time.ms / 1_000) : utc(time).getUTCSeconds()),
  ],
])

/** A longer program would make every character dear. */
const programSizeMax = 250

/**
 * A pattern on an engine that never backtracks, compiled once.
 *
 * @throws ConditionFault `unsupported_pattern`
 */
export function compilePattern(pattern: string, offset: number): (text: unknown, meter: Meter) => boolean {
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch {
    throw new ConditionFault("unsupported_pattern", "the pattern is not one of RE2's", offset)
  }
  const size = compiled.programSize()
  if (size > programSizeMax)
    throw new ConditionFault("unsupported_pattern", "the pattern is too large", offset)

  return (text, meter) => {
    const searched = textOf(text)
    spend(meter, 1 + searched.length * (4 + size))
    return compiled.matcher(searched).find()
  }
}

/** Whether a name is that of a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    zoneFormat(name)
    return true
  } catch {
    return false
  }
}

function sizeOf(value: unknown, meter: Meter): number {
  if (typeof value === "string") {
    spend(meter, value.length)
    let count = 0
    for (const _ of value) count++
    return count
  }
  if (isList(value)) return value.length
  if (isObject(value)) {
    const { length } = Object.keys(value)
    spend(meter, length)
    return length
  }
  throw wrong(value, "has no size")
}

/** Searching can cost as much as both lengths multiplied, and is charged as if it did once the part is long. */
function contains([text, part]: readonly unknown[], meter: Meter): boolean {
  const [whole, piece] = [textOf(text), textOf(part)]
  spend(meter, scanSteps(whole.length) * (1 + (piece.length >> 6)))
  return whole.includes(piece)
}

function scanned(text: unknown, meter: Meter): string {
  spend(meter, scanSteps(textOf(text).length))
  return textOf(text)
}

function numberFrom(value: unknown): number {
  const isDecimal = typeof value === "string" && /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(value)
  if (typeof value === "number" || isDecimal) return Number(value)
  throw wrong(value, "is no number")
}

function textFrom(value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return String(value)
  throw wrong(value, "cannot become text")
}

function momentFrom(value: unknown): Moment {
  if (typeof value === "number") return new Moment(Math.trunc(value) * 1_000)
  const isTime =
    typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value)
  const ms = isTime ? Date.parse(value) : Number.NaN
  if (!Number.isNaN(ms)) return new Moment(ms)
  throw wrong(value, "is no time such as 2026-01-31T09:00:00Z")
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }

function spanFrom(value: unknown): Span {
  if (typeof value !== "string" || !/^-?(\d{1,9}(ms|h|m|s)){1,4}$/.test(value)) {
    throw wrong(value, "is no duration such as 90m")
  }
  let ms = 0
  for (const [, count, unit] of value.matchAll(/(\d+)(ms|h|m|s)/g))
    ms += Number(count) * (unitMs[unit ?? ""] ?? 0)
  return new Span(value.startsWith("-") ? -ms : ms)
}

function hoursOf(time: unknown, zone: unknown, meter: Meter): number {
  return time instanceof Span ? Math.trunc(time.ms / 3_600_000) : clock(time, zone, "hour", meter)
}

function minutesOf(time: unknown, zone: unknown, meter: Meter): number {
  return time instanceof Span ? Math.trunc(time.ms / 60_000) : clock(time, zone, "minute", meter)
}

type ClockPart = "year" | "month" | "day" | "weekday" | "hour" | "minute"

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

/** A part of the wall clock's reading; without a zone in UTC. */
function clock(time: unknown, zone: unknown, part: ClockPart, meter: Meter): number {
  const date = utc(time)
  spend(meter, 200)
  const parts = zoneFormat(zone === undefined ? "UTC" : textOf(zone)).formatToParts(date)
  const text = parts.find(({ type }) => type === part)?.value ?? ""
  return part === "weekday" ? weekdays.indexOf(text) : Number(text)
}

function utc(time: unknown): Date {
  if (!(time instanceof Moment)) throw wrong(time, "is no time")
  return new Date(time.ms)
}

/** Making one costs a hundred times what using it does. Zones are literals of published policies: few. */
const zoneFormats = new Map<string, Intl.DateTimeFormat>()

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  const known = zoneFormats.get(timeZone)
  if (known !== undefined) return known

  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    weekday: "short",
    hour: "numeric",
    minute: "numeric",
  })
  zoneFormats.set(timeZone, format)
  return format
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value
  throw wrong(value, "is no text")
}

function wrong(value: unknown, what: string): ConditionFault {
  return new ConditionFault("condition_type", `${kindOf(value)} ${what}`)
}
