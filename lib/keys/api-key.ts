/**
 * The parts of a printed key, `dsl_<live|test>_<id: 20 base62>_<secret: 43
 * base62><CRC-32: 6 base62>`, or of a run token, whose mode is `run` (SPEC 6).
 */
export type PrintedKey<Mode extends KeyMode | "run" = KeyMode | "run"> = Readonly<{
  mode: Mode
  publicId: string
  secret: string
}>

export type KeyMode = "live" | "test"

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const modes = ["live", "test", "run"] as const
const shape = /^dsl_(live|test|run)_([0-9A-Za-z]{20})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/

/** Reads a printed key or run token, or null when its shape or checksum is wrong: no database is asked about those. */
export function parseKey(text: string): PrintedKey | null {
  const [, mode, publicId, secret, checksum] = shape.exec(text) ?? []
  const known = modes.find((name) => name === mode)
  if (known === undefined || publicId === undefined || secret === undefined) return null
  if (checksumOf(text.slice(0, -6)) !== checksum) return null

  return { mode: known, publicId, secret }
}

/** Prints a key, its checksum included. Shown once, never stored. */
export function printKey(key: PrintedKey): string {
  const body = `dsl_${key.mode}_${key.publicId}_${key.secret}`

  return body + checksumOf(body)
}

/** Base62 text of this length from random bytes, one byte a character at least; biased bytes are skipped. */
export function base62From(bytes: Uint8Array, length: number): string {
  const unbiased = [...bytes].filter((byte) => byte < 248).slice(0, length)
  if (unbiased.length < length) throw new RangeError("not enough random bytes")

  return unbiased.map((byte) => base62.charAt(byte % 62)).join("")
}

/** CRC-32 (ISO 3309) of the text in six base62 digits: catches typing errors, not forgers. */
function checksumOf(text: string): string {
  let crc = 0xffffffff
  for (const character of text) {
    crc ^= character.charCodeAt(0)
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }

  let rest = ~crc >>> 0
  let digits = ""
  for (let position = 0; position < 6; position += 1) {
    digits = base62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }

  return digits
}
