/** Why a change, a name or a value was refused. The same strings are REST problem codes. */
export type ChangeErrorCode =
  | "invalid_name"
  | "invalid_path"
  | "duplicate_target"
  | "too_many_parts"
  | "no_change"
  | "invalid_content"
  | "invalid_patch"
  | "unsupported_change"
  | "invalid_envelope"
  | "content_too_large"
  | "not_canonicalizable"

/** A change that cannot be hashed or shown as it stands. It is refused, never repaired (SPEC 2.4). */
export class ChangeError extends Error {
  override readonly name = "ChangeError"
  readonly code: ChangeErrorCode
  /** A JSON Pointer to the offending member, where one can be named. */
  readonly path: string | undefined

  constructor(code: ChangeErrorCode, message: string, path?: string) {
    super(message)
    this.code = code
    this.path = path
  }
}
