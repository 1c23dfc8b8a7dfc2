import { isWellFormed } from "./canonical.ts"
import { Refusal, type Reader } from "./json-reader.ts"

/** Reads the string whose opening quote is at `reader.at`. */
export function readString(reader: Reader): string {
  const { text } = reader
  const start = reader.at + 1
  let at = start

  let unit = text.charCodeAt(at)
  // Past the end charCodeAt is NaN, and every comparison with NaN is false.
  while (unit >= space && unit !== quote && unit !== backslash) unit = text.charCodeAt(++at)

  if (unit === backslash) return readEscaped(reader, at)
  if (unit !== quote) throw new Refusal("invalid_json", at)
  reader.at = at + 1
  return text.slice(start, at)
}

const noncharacter = /\p{Noncharacter_Code_Point}/u

const space = 0x20
const quote = 0x22
const backslash = 0x5c
const letterU = 0x75

/** Finds the end past each escape and lets the platform unescape the whole string at once: it is faster than we are. */
function readEscaped(reader: Reader, firstEscape: number): string {
  const { text, at: start } = reader
  let at = firstEscape
  let mayBreakUnicode = false

  let unit = text.charCodeAt(at)
  while (unit >= space && unit !== quote) {
    if (unit === backslash) mayBreakUnicode = text.charCodeAt(++at) === letterU || mayBreakUnicode
    unit = text.charCodeAt(++at)
  }
  if (unit !== quote) throw new Refusal("invalid_json", at)

  reader.at = at + 1
  const value = unescape(text.slice(start, reader.at), start)
  if (mayBreakUnicode) assertUnicode(value, start)
  return value
}

function unescape(quoted: string, at: number): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    throw new Refusal("invalid_json", at)
  }
}

/** Only a \u escape can bring in half a pair or a noncharacter: raw ones are refused before reading. */
function assertUnicode(value: string, at: number): void {
  if (!isWellFormed(value)) throw new Refusal("lone_surrogate", at)
  if (noncharacter.test(value)) throw new Refusal("noncharacter", at)
}
