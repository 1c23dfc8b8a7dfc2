import {
  areEqual,
  ConditionFault,
  isList,
  isObject,
  kindOf,
  Moment,
  scanSteps,
  Span,
  spend,
  type Meter,
} from "./condition-value"

/**
 * Numbers are one kind, as in JSON.
 *
 * @throws ConditionFault `condition_type`; `condition_number` when the result is none
 */
export function arithmetic(op: "+" | "-" | "*", a: unknown, b: unknown, meter: Meter): unknown {
  if (typeof a === "number" && typeof b === "number") return finite(op, a, b)
  if (op === "+" && typeof a === "string" && typeof b === "string") {
    spend(meter, scanSteps(a.length + b.length))
    return a + b
  }
  if (op === "+" && isList(a) && isList(b)) {
    spend(meter, a.length + b.length)
    return [...a, ...b]
  }
  const time = op === "*" ? null : timeOf(op === "-" ? -1 : 1, a, b)
  if (time !== null) return time
  throw new ConditionFault("condition_type", `${kindOf(a)} ${op} ${kindOf(b)} means nothing`)
}

/** @throws ConditionFault `condition_type` */
export function negated(value: unknown): number | Span {
  if (typeof value === "number") return -value
  if (value instanceof Span) return new Span(-value.ms)
  throw new ConditionFault("condition_type", `${kindOf(value)} cannot be negated`)
}

/** Whether a list has the value, or an object the name. */
export function isIn(value: unknown, container: unknown, meter: Meter): boolean {
  if (isList(container)) {
    spend(meter, container.length)
    return container.some((item) => areEqual(item, value, meter))
  }
  if (isObject(container)) return typeof value === "string" && Object.hasOwn(container, value)
  throw new ConditionFault("condition_type", `${kindOf(container)} has no items`)
}

function finite(op: "+" | "-" | "*", a: number, b: number): number {
  const result = { "+": () => a + b, "-": () => a - b, "*": () => a * b }[op]()
  if (Number.isFinite(result)) return result
  throw new ConditionFault("condition_number", "the number is too large")
}

/** A moment and a span give a moment, two spans a span, and what is between two moments is a span. */
function timeOf(sign: 1 | -1, a: unknown, b: unknown): Moment | Span | null {
  if (a instanceof Moment && b instanceof Span) return new Moment(a.ms + sign * b.ms)
  if (a instanceof Span && b instanceof Span) return new Span(a.ms + sign * b.ms)
  if (sign === 1 && a instanceof Span && b instanceof Moment) return new Moment(a.ms + b.ms)
  return sign === -1 && a instanceof Moment && b instanceof Moment ? new Span(a.ms - b.ms) : null
}
