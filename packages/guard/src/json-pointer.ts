import { ChangeError } from "./change-error.ts"
import type { JsonObject, JsonValue } from "./canonical.ts"

/** A place in a document: what holds it, and by which name or index. */
export type Place = Readonly<{ container: JsonObject | JsonValue[]; token: string }>

/**
 * The place that a JSON Pointer (RFC 6901) names below `root`, whose only
 * member `""` is the document. The place itself may be empty; what leads to it
 * must be there.
 *
 * @throws ChangeError `invalid_patch`
 */
export function placeOf(root: JsonObject, pointer: unknown): Place {
  const tokens = tokensOf(pointer)
  const token = tokens.pop() ?? ""
  let container: JsonObject | JsonValue[] = root
  for (const step of tokens) {
    const next = read({ container, token: step })
    if (typeof next !== "object" || next === null) throw refuse("The pointer leads through a plain value.")
    container = next
  }
  return { container, token }
}

/** @throws ChangeError `invalid_patch` when nothing is there */
export function read({ container, token }: Place): JsonValue {
  if (Array.isArray(container)) return present(container[indexOf(token)])
  return present(Object.hasOwn(container, token) ? container[token] : undefined)
}

/** @throws ChangeError `invalid_patch` for anything but an index without leading zeros */
export function indexOf(token: string): number {
  if (/^(0|[1-9][0-9]{0,8})$/.test(token)) return Number(token)
  throw refuse("A list has no such index.")
}

/** A member name as a token of a pointer. */
export function pointerToken(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1")
}

export function refuse(message: string): ChangeError {
  return new ChangeError("invalid_patch", message)
}

/** The tokens below the root, the first of which is the document itself. */
function tokensOf(pointer: unknown): string[] {
  if (typeof pointer !== "string") throw refuse("A pointer is a string.")
  if (pointer !== "" && !pointer.startsWith("/")) throw refuse("A pointer is empty or starts with /.")
  if (/~(?![01])/.test(pointer)) throw refuse("In a pointer, ~ is followed by 0 or 1.")
  return pointer.split("/").map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
}

function present(value: JsonValue | undefined): JsonValue {
  if (value === undefined) throw refuse("There is nothing at this place.")
  return value
}
