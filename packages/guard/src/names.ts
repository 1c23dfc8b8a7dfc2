import { ChangeError } from "./change-error.ts"

/**
 * A tool, server, workspace or id: `[A-Za-z0-9_.-]{1,128}` (SPEC 2.4).
 *
 * @throws ChangeError `invalid_name`
 */
export function assertName(name: unknown, where?: string): asserts name is string {
  if (typeof name === "string" && /^[A-Za-z0-9_.-]{1,128}$/.test(name)) return
  throw new ChangeError(
    "invalid_name",
    "A name is 1 to 128 letters, digits, dots, dashes or underscores.",
    where,
  )
}

/**
 * A path inside a workspace, as SPEC 2.4 allows it. What does not fit is
 * refused and never cleaned: a cleaned path is not the one that was asked for.
 *
 * @throws ChangeError `invalid_path`
 */
export function assertPath(path: unknown, where?: string): asserts path is string {
  const fault = pathFault(path)
  if (fault !== undefined) throw new ChangeError("invalid_path", `The path ${fault}.`, where)
}

/** A tool's version: printable ASCII without spaces, so that a page shows exactly what was pinned. */
export function assertVersion(version: unknown, where?: string): asserts version is string {
  if (typeof version === "string" && /^[\x21-\x7e]{1,128}$/.test(version)) return
  throw new ChangeError(
    "invalid_name",
    "A version is 1 to 128 printable ASCII characters without spaces.",
    where,
  )
}

/** Another system's word for its own thing (a record id, a channel): any visible text up to 1,024 bytes. */
export function assertForeignName(name: unknown, where?: string): asserts name is string {
  if (isVisibleName(name)) return
  throw new ChangeError("invalid_name", "A target is named by 1 to 1,024 bytes of visible text.", where)
}

/** Whether something is 1 to 1,024 bytes of text without control, format or noncharacter code points. */
export function isVisibleName(name: unknown): name is string {
  return typeof name === "string" && name !== "" && byteLength(name) <= 1024 && !invisible.test(name)
}

// Control, format (which holds the bidi controls) and noncharacter code points, and lone surrogates.
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}]/u
const spaceAtAnEnd = /^\p{Zs}|\p{Zs}$/u

function pathFault(path: unknown): string | undefined {
  if (typeof path !== "string") return "is not a string"
  if (byteLength(path) > 1024) return "is longer than 1,024 bytes"
  if (invisible.test(path)) return "holds a control, format or noncharacter code point"
  if (path.includes("\\")) return "holds a backslash"
  if (path.normalize("NFC") !== path) return "is not in Unicode normal form C"

  for (const component of path.split("/")) {
    if (component === "") return "is empty or has an empty component"
    if (component === "." || component === "..") return "has a component that is . or .."
    if (spaceAtAnEnd.test(component)) return "has a component that starts or ends with a space"
    if (byteLength(component) > 255) return "has a component longer than 255 bytes"
  }
  return undefined
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, "utf8")
}
