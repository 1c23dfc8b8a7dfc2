import { canonicalize, isPlainObject, type JsonObject, type JsonValue } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { indexOf, placeOf, read, refuse, type Place } from "./json-pointer.ts"

/** One operation of RFC 6902. Other members are ignored, as the RFC asks. */
export type PatchOperation =
  | { op: "add" | "replace" | "test"; path: string; value: JsonValue }
  | { op: "remove"; path: string }
  | { op: "move" | "copy"; from: string; path: string }

/** What one patch may copy and compare, in units of canonical text: a small patch must not make large work. */
export const patchWorkMax: number = 64 * 1024

/**
 * A document after a JSON Patch (RFC 6902). All of it or nothing: what was
 * passed in is never touched. Objects of the result have no prototype, so that
 * `__proto__` and `constructor` are members like any other.
 *
 * @throws ChangeError `invalid_patch` with the operation's place in the patch,
 * `content_too_large` when it copies or compares too much
 */
export function applyPatch(document: JsonValue, patch: readonly PatchOperation[]): JsonValue {
  if (!Array.isArray(patch)) throw refuse("A patch is a list of operations.")
  const patching: Patching = { root: rootOf(document), workLeft: patchWorkMax }

  patch.forEach((operation: unknown, index) => {
    try {
      applyOperation(patching, operation)
    } catch (error) {
      if (!(error instanceof ChangeError)) throw error
      throw new ChangeError(error.code, error.message, `/${index}`)
    }
  })
  return read({ container: patching.root, token: "" })
}

/** `root` holds the document as its member `""`, so that the pointer `""` is a place like any other. */
type Patching = { readonly root: JsonObject; workLeft: number }

function rootOf(document: JsonValue): JsonObject {
  const root = Object.create(null) as JsonObject
  root[""] = copyOf(document)
  return root
}

function applyOperation(patching: Patching, operation: unknown): void {
  if (!isPlainObject(operation)) throw refuse("An operation is an object.")
  const { op, from, path, value } = operation
  const target = () => placeOf(patching.root, path)

  switch (op) {
    case "add":
      add(target(), valueOf(value))
      break
    case "remove":
      remove(target())
      break
    case "replace":
      replace(target(), valueOf(value))
      break
    case "test":
      test(patching, read(target()), valueOf(value))
      break
    case "copy":
      add(target(), worked(patching, read(placeOf(patching.root, from))))
      break
    case "move":
      move(patching.root, from, path)
      break
    default:
      throw refuse("An op is add, remove, replace, move, copy or test.")
  }
}

function add({ container, token }: Place, value: JsonValue): void {
  if (!Array.isArray(container)) {
    container[token] = value
    return
  }
  const index = token === "-" ? container.length : indexOf(token)
  if (index > container.length) throw refuse("The index lies beyond the end of the list.")
  container.splice(index, 0, value)
}

function remove(place: Place): void {
  const { container, token } = place
  read(place)
  if (Array.isArray(container)) container.splice(indexOf(token), 1)
  else Reflect.deleteProperty(container, token)
}

function replace(place: Place, value: JsonValue): void {
  const { container, token } = place
  read(place)
  if (Array.isArray(container)) container[indexOf(token)] = value
  else container[token] = value
}

function move(root: JsonObject, from: unknown, path: unknown): void {
  const source = placeOf(root, from)
  const value = read(source)
  if (from === path) return
  if (String(path).startsWith(`${String(from)}/`)) throw refuse("A value cannot be moved into itself.")

  remove(source)
  // Only now: taking the value away may have moved what the path names.
  add(placeOf(root, path), value)
}

function test(patching: Patching, found: JsonValue, expected: JsonValue): void {
  const text = canonicalize(found)
  spend(patching, text.length)
  if (text !== canonicalize(expected)) throw refuse("What is there is not what the patch tests for.")
}

function valueOf(value: unknown): JsonValue {
  if (value === undefined) throw refuse("This operation needs a value.")
  // The cast promises nothing: what is not JSON is refused when it is copied.
  return copyOf(value as JsonValue)
}

function worked(patching: Patching, value: JsonValue): JsonValue {
  spend(patching, canonicalize(value).length)
  return copyOf(value)
}

function spend(patching: Patching, work: number): void {
  patching.workLeft -= work
  if (patching.workLeft < 0) throw new ChangeError("content_too_large", "The patch copies or tests too much.")
}

/** A copy that shares nothing with its original, which the canonical form checks to be plain JSON first. */
function copyOf(value: JsonValue): JsonValue {
  canonicalize(value)
  return cloned(value)
}

function cloned(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(cloned)
  if (typeof value !== "object" || value === null) return value
  const copy = Object.create(null) as JsonObject
  for (const [name, member] of Object.entries(value)) copy[name] = cloned(member)
  return copy
}
