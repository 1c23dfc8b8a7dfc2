import { isPlainObject, isWellFormed } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { sha256Hex } from "./hashes.ts"

export type FileMode = "100644" | "100755"

/** A file's bytes as they travel: as text, or as base64 where they are not plain UTF-8. */
export type FileContent = ({ text: string } | { base64: string }) & { mode?: FileMode }

export type AbsentState = { state: "absent" }
export type PresentState = {
  state: "present"
  bytes: number
  digest: string
  mode?: FileMode
  version?: string
  format?: "json" | "yaml" | "toml"
  value?: string
}

/** What an envelope says of a target: that it is not there, or the digest of what is (SPEC 2.2). */
export type State = AbsentState | PresentState

/** What a guard saw at a target: a State without `format` and `value` (SPEC 9). */
export type ObservedState =
  AbsentState | Pick<PresentState, "state" | "bytes" | "digest" | "mode" | "version">

/** A part's *before* and *after* may each be this large (SPEC 2.4). */
export const contentBytesMax: number = 2 * 1024 * 1024

/**
 * The exact bytes of a content.
 *
 * @throws ChangeError `invalid_content` for anything but well-formed text or
 * canonical base64, `content_too_large` over 2 MiB
 */
export function contentBytes(content: FileContent): Uint8Array {
  const checked: unknown = content
  if (!isPlainObject(checked)) throw new ChangeError("invalid_content", "A content is an object.")
  const { text, base64, mode, ...unknown } = checked
  if (Object.keys(unknown).length > 0 || (text === undefined) === (base64 === undefined)) {
    throw new ChangeError(
      "invalid_content",
      "A content has either text or base64, and nothing else but mode.",
    )
  }
  if (mode !== undefined && mode !== "100644" && mode !== "100755") {
    throw new ChangeError("invalid_content", "A mode is 100644 or 100755.")
  }

  const bytes = text === undefined ? base64Bytes(base64) : textBytes(text)
  if (bytes.byteLength > contentBytesMax) throw tooLarge()
  return bytes
}

/** The state a content is bound by. Absent when there is none; mode `100644` when not given. */
export function fileState(content: FileContent | null): State {
  if (content === null) return { state: "absent" }
  const bytes = contentBytes(content)
  return {
    state: "present",
    bytes: bytes.byteLength,
    digest: sha256Hex(bytes),
    mode: content.mode ?? "100644",
  }
}

/** A state as it is reported: without what only an envelope says. */
export function observedState(state: State): ObservedState {
  if (state.state === "absent") return { state: "absent" }
  const { digest, bytes, mode, version } = state
  return {
    state: "present",
    digest,
    bytes,
    ...(mode === undefined ? {} : { mode }),
    ...(version === undefined ? {} : { version }),
  }
}

/** Wraps bytes for the wire: text where strict JSON can carry them, base64 where it cannot. */
export function fileContent(bytes: Uint8Array, mode?: FileMode): FileContent {
  const text = plainText(bytes)
  const content = text === undefined ? { base64: bufferOf(bytes).toString("base64") } : { text }
  return mode === undefined ? content : { ...content, mode }
}

const noncharacter = /\p{Noncharacter_Code_Point}/u

function plainText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    return noncharacter.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

function textBytes(text: unknown): Uint8Array {
  if (typeof text !== "string" || !isWellFormed(text)) {
    throw new ChangeError("invalid_content", "The text is not a string of whole Unicode characters.")
  }
  return Buffer.from(text, "utf8")
}

function base64Bytes(base64: unknown): Uint8Array {
  if (typeof base64 !== "string") throw new ChangeError("invalid_content", "The base64 is not a string.")
  if (base64.length > Math.ceil(contentBytesMax / 3) * 4) throw tooLarge()
  const bytes = Buffer.from(base64, "base64")
  // Node skips what it does not know; only the one canonical spelling may stand for these bytes.
  if (bytes.toString("base64") !== base64) {
    throw new ChangeError("invalid_content", "The base64 is not in its one canonical spelling.")
  }
  return bytes
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function tooLarge(): ChangeError {
  return new ChangeError("content_too_large", "A content may have at most 2 MiB.")
}
