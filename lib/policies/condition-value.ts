/** What a condition can come upon, at publication or while it is asked. `offset`: UTF-16 units into the condition. */
export class ConditionFault extends Error {
  override readonly name = "ConditionFault"
  readonly code: string
  readonly offset: number | undefined

  constructor(code: string, message: string, offset?: number) {
    super(message)
    this.code = code
    this.offset = offset
  }
}

/** How many steps one evaluation may still take; it counts down. */
export type Meter = { left: number }

/** @throws ConditionFault `condition_too_costly`, which nothing inside the condition can catch */
export function spend(meter: Meter, steps: number): void {
  meter.left -= steps
  if (meter.left < 0) throw new ConditionFault("condition_too_costly", "it takes too many steps")
}

/** A moment, in milliseconds since 1970. */
export class Moment {
  readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }
}

/** A length of time, in milliseconds. */
export class Span {
  readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }
}

/** Whether two values are equal; of different kinds they never are. Long values cost as many steps as they have parts. */
export function areEqual(a: unknown, b: unknown, meter: Meter): boolean {
  if (typeof a === "string" && typeof b === "string") spend(meter, scanSteps(a.length))
  if (a === b) return true
  if (a instanceof Moment || a instanceof Span) return isSameKind(a, b) && a.ms === b.ms
  if (isList(a)) return isList(b) && areEqualLists(a, b, meter)
  if (!isObject(a) || !isObject(b)) return false

  const names = Object.keys(a)
  spend(meter, names.length)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && areEqual(a[name], b[name], meter))
}

/** Negative, 0 or positive; numbers, strings, truth, moments and spans have an order, each among themselves. */
export function compare(a: unknown, b: unknown, meter: Meter): number {
  if (typeof a === "number" && typeof b === "number") return a - b
  if (typeof a === "string" && typeof b === "string") {
    spend(meter, scanSteps(Math.min(a.length, b.length)))
    if (a === b) return 0
    return a < b ? -1 : 1
  }
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b)
  if ((a instanceof Moment || a instanceof Span) && isSameKind(a, b)) return a.ms - b.ms
  throw new ConditionFault("condition_type", `${kindOf(a)} and ${kindOf(b)} have no order`)
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  return !(value instanceof Moment || value instanceof Span)
}

/** What a value is called in a sentence. */
export function kindOf(value: unknown): string {
  if (value === null) return "null"
  if (isList(value)) return "a list"
  if (value instanceof Moment) return "a time"
  if (value instanceof Span) return "a duration"
  if (isObject(value)) return "an object"
  return typeof value === "boolean" ? "true or false" : `a ${typeof value}`
}

/** The steps of looking at every character of a text once. */
export function scanSteps(units: number): number {
  return 1 + (units >> 4)
}

function isSameKind<Timed extends Moment | Span>(a: Timed, b: unknown): b is Timed {
  return a instanceof Moment ? b instanceof Moment : b instanceof Span
}

function areEqualLists(a: readonly unknown[], b: readonly unknown[], meter: Meter): boolean {
  if (a.length !== b.length) return false
  spend(meter, a.length)
  return a.every((item, index) => areEqual(item, b[index], meter))
}
