import { canonicalize, type JsonValue } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { contentBytesMax, type PresentState } from "./content.ts"
import { sha256Hex } from "./hashes.ts"
import { parseStrictJson } from "./strict-json.ts"
import { StrictJsonError } from "./strict-json-error.ts"

/**
 * The canonical bytes that stand for a value: of a record, a message, a
 * command or an input.
 *
 * @throws ChangeError `invalid_content` for what the strict parser would not
 * read back, `content_too_large` over 2 MiB
 */
export function jsonBytes(value: JsonValue): Uint8Array {
  const bytes = Buffer.from(canonicalize(value), "utf8")
  if (bytes.byteLength > contentBytesMax) {
    throw new ChangeError("content_too_large", "A value may have at most 2 MiB of canonical JSON.")
  }

  try {
    parseStrictJson(bytes)
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error
    throw new ChangeError("invalid_content", `The value is not JSON that we read: ${error.code}.`)
  }
  return bytes
}

/** The state that a value is bound by. */
export function jsonState(value: JsonValue): PresentState {
  const bytes = jsonBytes(value)
  return { state: "present", bytes: bytes.byteLength, digest: sha256Hex(bytes) }
}
