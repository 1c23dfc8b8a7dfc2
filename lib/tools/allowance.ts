import { AppError } from "@/lib/errors/app-error"

const pathsMax = 100
const pathCharactersMax = 1_024

/**
 * The record fields that a tool may change, each a JSON Pointer (RFC 6901) that
 * stands for itself and what is below it; an empty list means none.
 *
 * @throws AppError `invalid_pointer`
 */
export function assertPatchPaths(paths: readonly string[] | null): void {
  if (paths === null) return
  if (paths.length > pathsMax) throw invalid(`At most ${pathsMax} fields can be named.`, "/patchPaths")

  for (const [index, path] of paths.entries()) {
    const fault = faultOf(path) ?? (paths.indexOf(path) < index ? "It is named twice." : null)
    if (fault !== null) throw invalid(fault, `/patchPaths/${index}`)
  }
}

/** Whether a tool could change a field afterwards that it could not change before; null = any. */
export function isWidened(before: readonly string[] | null, after: readonly string[] | null): boolean {
  if (before === null) return false
  if (after === null) return true

  return !after.every((path) => before.some((known) => path === known || path.startsWith(`${known}/`)))
}

function faultOf(path: string): string | null {
  if (path === "") return "This is the whole record: where every field may change, leave the list out."
  if (!path.startsWith("/")) return "A pointer starts with /."
  if (/~(?![01])/.test(path)) return "In a pointer, ~ is followed by 0 or 1."
  if (path.length > pathCharactersMax) return `A pointer has at most ${pathCharactersMax} characters.`
  return /[\p{Cc}\p{Cf}\p{Cs}]/u.test(path) ? "It holds a control or format character." : null
}

function invalid(message: string, path: string): AppError {
  return new AppError("invalid_pointer", undefined, { reasons: [{ code: "invalid_pointer", message, path }] })
}
