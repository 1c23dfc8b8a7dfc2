import { Refusal, type Reader } from "./json-reader.ts"

/**
 * Reads the number at `reader.at`.
 *
 * A number is accepted only if its decimal value is the shortest decimal that
 * round-trips its double (SPEC 2.3): then every reader, whatever its number
 * type, prints the same value again.
 */
export function readNumber(reader: Reader): number {
  const { text, at: start } = reader
  const end = endOfNumber(text, start)
  const raw = text.slice(start, end)
  const value = Number(raw)

  if (!isExact(raw, value)) throw new Refusal("number_not_exact", start)
  reader.at = end
  return value === 0 ? 0 : value
}

const exponent = /[eE]/

const minus = 0x2d
const plus = 0x2b
const point = 0x2e
const zero = 0x30
const nine = 0x39

function endOfNumber(text: string, start: number): number {
  let at = text.charCodeAt(start) === minus ? start + 1 : start

  at = text.charCodeAt(at) === zero ? at + 1 : digits(text, at)
  if (text.charCodeAt(at) === point) at = digits(text, at + 1)
  // 0x20 is what an upper-case letter lacks: E and e meet here.
  if ((text.charCodeAt(at) | 0x20) !== 0x65) return at
  const sign = text.charCodeAt(at + 1)
  return digits(text, sign === plus || sign === minus ? at + 2 : at + 1)
}

/** The end of at least one digit. */
function digits(text: string, start: number): number {
  let at = start
  let unit = text.charCodeAt(at)
  while (unit >= zero && unit <= nine) unit = text.charCodeAt(++at)
  if (at === start) throw new Refusal("invalid_json", at)
  return at
}

/** Whether a decimal is the shortest one that stands for its double, in whatever spelling (SPEC 2.3). */
export function isExact(raw: string, value: number): boolean {
  // 15 digits always survive a double, and so few characters cannot hold more.
  if (raw.length <= 15 && !exponent.test(raw)) return true
  if (!Number.isFinite(value)) return false
  // JavaScript prints the shortest round-tripping decimal (ECMA-262, Number::toString).
  const shortest = String(value)
  return raw === shortest || decimal(raw) === decimal(shortest)
}

/** One spelling per decimal value: its digits without outer zeros, and the power of ten of the last one. */
function decimal(raw: string): string {
  const [mantissa = "", power = "0"] = (raw.startsWith("-") ? raw.slice(1) : raw).toLowerCase().split("e")
  const [whole = "", fraction = ""] = mantissa.split(".")
  const all = whole + fraction

  let first = 0
  while (all.charCodeAt(first) === zero) first++
  if (first === all.length) return "0"
  let last = all.length
  while (all.charCodeAt(last - 1) === zero) last--
  return `${all.slice(first, last)}e${Number(power) - fraction.length + all.length - last}`
}
