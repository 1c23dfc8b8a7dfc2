import { ChangeError } from "./change-error.ts"

export type JsonObject = { [name: string]: JsonValue }
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject

/**
 * The canonical form of a JSON value (RFC 8785), the text that every hash is
 * taken over.
 *
 * Anything that is not plain JSON is refused: a value that `JSON.stringify`
 * would drop or convert (undefined, a Date, `toJSON`) would be hashed as
 * something other than what the caller holds.
 *
 * @throws ChangeError `not_canonicalizable`
 */
export function canonicalize(value: JsonValue): string {
  return write(value, 0)
}

/** Whether a string can be written as UTF-8 and read back the same. */
export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text)
}

/** A JSON object and not a class instance; objects of other realms count as plain. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const loneSurrogate = /\p{Surrogate}/u
// Far above what the strict parser lets in (64), far below what overflows the stack: cycles end here.
const depthMax = 500

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return writeString(value)
    case "number":
      if (!Number.isFinite(value)) throw refuse("a number that is not finite")
      return String(value === 0 ? 0 : value)
    case "boolean":
      return value ? "true" : "false"
    case "object":
      if (value === null) return "null"
      if (depth >= depthMax) throw refuse("a value nested too deeply, or in itself")
      return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth)
    case "undefined":
    case "bigint":
    case "symbol":
    case "function":
      throw refuse(`a value of type ${typeof value}`)
  }
}

function writeString(text: string): string {
  if (!isWellFormed(text)) throw refuse("a string with a lone surrogate")
  return JSON.stringify(text)
}

function writeArray(items: readonly unknown[], depth: number): string {
  let out = "["
  // Not map(): it skips the holes of a sparse array, and a hole must be refused.
  for (let i = 0; i < items.length; i++) out += (i === 0 ? "" : ",") + write(items[i], depth + 1)
  return out + "]"
}

function writeObject(value: object, depth: number): string {
  if (!isPlainObject(value)) throw refuse("an object that is not plain")
  if (Object.getOwnPropertySymbols(value).length > 0) throw refuse("an object with symbol members")

  let out = "{"
  // The default sort compares UTF-16 code units, which is the order RFC 8785 section 3.2.3 asks for.
  for (const name of Object.keys(value).sort()) {
    out += (out === "{" ? "" : ",") + writeString(name) + ":" + write(value[name], depth + 1)
  }
  return out + "}"
}

function refuse(what: string): ChangeError {
  return new ChangeError("not_canonicalizable", `JSON has no canonical form for ${what}.`)
}
