import type { JsonObject, JsonValue } from "./canonical.ts"
import { readNumber } from "./json-number.ts"
import { Refusal, type Reader } from "./json-reader.ts"
import { readString } from "./json-string.ts"
import { StrictJsonError } from "./strict-json-error.ts"

/**
 * Reads JSON that has exactly one meaning, or refuses it (SPEC 2.3).
 *
 * Two readers of the same bytes must not see two different values, since what
 * one of them shows is what the other one does. Objects have no prototype, so
 * `__proto__` and `constructor` are members like any other. Linear in time;
 * recursion ends at 64 levels.
 *
 * @throws StrictJsonError
 */
export function parseStrictJson(bytes: Uint8Array): JsonValue {
  const reader: Reader = { text: decode(bytes), at: 0, nodes: 0 }
  try {
    const value = readValue(reader, 0)
    skipSpace(reader)
    if (reader.at < reader.text.length) throw new Refusal("trailing_data", reader.at)
    return value
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new StrictJsonError(error.code, Buffer.byteLength(reader.text.slice(0, error.at), "utf8"))
  }
}

/** Containers inside containers, the outermost counted. */
const depthMax = 64
/** Values of any kind in one document; member names are not counted. */
const nodesMax = 100_000
/** UTF-8 bytes of a member name after unescaping. */
const nameBytesMax = 1024

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const noncharacter = /\p{Noncharacter_Code_Point}/u

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    throw new StrictJsonError("byte_order_mark", 0)
  const text = decodeUtf8(bytes)
  // As many units as bytes means ASCII, which has no noncharacters.
  if (text.length === bytes.byteLength) return text

  const at = text.search(noncharacter)
  if (at === -1) return text
  throw new StrictJsonError("noncharacter", Buffer.byteLength(text.slice(0, at), "utf8"))
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new StrictJsonError("invalid_utf8", firstBadByte(bytes))
  }
}

/** The first replacement character of a lenient reading that the bytes do not hold themselves. */
function firstBadByte(bytes: Uint8Array): number {
  const replaced = Buffer.from(Buffer.from(bytes).toString("utf8"), "utf8")
  const at = bytes.findIndex((byte, index) => byte !== replaced[index])
  return at === -1 ? bytes.byteLength : at
}

function readValue(reader: Reader, depth: number): JsonValue {
  skipSpace(reader)
  if (++reader.nodes > nodesMax) throw new Refusal("too_many_nodes", reader.at)

  switch (reader.text.charCodeAt(reader.at)) {
    case quote:
      return readString(reader)
    case openBrace:
      return readObject(reader, depth + 1)
    case openBracket:
      return readArray(reader, depth + 1)
    case 0x74:
      return readWord(reader, "true", true)
    case 0x66:
      return readWord(reader, "false", false)
    case 0x6e:
      return readWord(reader, "null", null)
    default:
      return readNumber(reader)
  }
}

function readWord<Value>(reader: Reader, word: string, value: Value): Value {
  if (!reader.text.startsWith(word, reader.at)) throw new Refusal("invalid_json", reader.at)
  reader.at += word.length
  return value
}

function readArray(reader: Reader, depth: number): JsonValue[] {
  enter(reader, depth)
  const items: JsonValue[] = []
  if (takes(reader, closeBracket)) return items

  do items.push(readValue(reader, depth))
  while (takes(reader, comma))
  expect(reader, closeBracket)
  return items
}

function readObject(reader: Reader, depth: number): JsonObject {
  enter(reader, depth)
  const members = Object.create(null) as JsonObject
  if (takes(reader, closeBrace)) return members

  do {
    const name = readName(reader, members)
    expect(reader, colon)
    members[name] = readValue(reader, depth)
  } while (takes(reader, comma))
  expect(reader, closeBrace)
  return members
}

function readName(reader: Reader, members: JsonObject): string {
  skipSpace(reader)
  const start = reader.at
  if (reader.text.charCodeAt(start) !== quote) throw new Refusal("invalid_json", start)
  const name = readString(reader)
  // A unit is at most 3 bytes, so most names are never measured.
  if (name.length * 3 > nameBytesMax && Buffer.byteLength(name, "utf8") > nameBytesMax) {
    throw new Refusal("name_too_long", start)
  }
  if (name in members) throw new Refusal("duplicate_name", start)
  return name
}

function enter(reader: Reader, depth: number): void {
  if (depth > depthMax) throw new Refusal("too_deep", reader.at)
  reader.at++
}

function takes(reader: Reader, unit: number): boolean {
  skipSpace(reader)
  if (reader.text.charCodeAt(reader.at) !== unit) return false
  reader.at++
  return true
}

function expect(reader: Reader, unit: number): void {
  if (!takes(reader, unit)) throw new Refusal("invalid_json", reader.at)
}

function skipSpace(reader: Reader): void {
  const { text } = reader
  let unit = text.charCodeAt(reader.at)
  while (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) unit = text.charCodeAt(++reader.at)
}
