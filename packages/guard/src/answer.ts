import { isPlainObject, type JsonValue } from "./canonical.ts"
import { GuardError, type Reason } from "./guard-error.ts"

/** The members of an answer; a server that answers anything else is not one we know. */
export function objectOf(value: JsonValue | undefined, what: string): Record<string, JsonValue | undefined> {
  if (isPlainObject(value)) return value
  throw invalid(what)
}

export function listOf(value: JsonValue | undefined, what: string): JsonValue[] {
  if (Array.isArray(value)) return value
  throw invalid(what)
}

export function textOf(value: JsonValue | undefined, what: string): string {
  if (typeof value === "string") return value
  throw invalid(what)
}

export function intOf(value: JsonValue | undefined, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value
  throw invalid(what)
}

export function textOrNull(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null
}

export function oneOf<Word extends string>(
  value: JsonValue | undefined,
  words: readonly Word[],
  what: string,
): Word {
  const word = words.find((known) => known === value)
  if (word === undefined) throw invalid(what)
  return word
}

/** Reasons help and decide nothing, so a malformed one is left out rather than refused. */
export function reasonsOf(value: JsonValue | undefined): Reason[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((reason) => {
    if (!isPlainObject(reason) || typeof reason.code !== "string") return []
    const message = typeof reason.message === "string" ? reason.message : ""
    const path = typeof reason.path === "string" ? { path: reason.path } : {}
    return [{ code: reason.code, message, ...path }]
  })
}

function invalid(what: string): GuardError {
  return new GuardError("invalid_answer", `The server's answer has no valid ${what}.`)
}
