import { canonicalize } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { contentBytes, contentBytesMax, type State } from "./content.ts"
import { assertFields } from "./content-members.ts"
import { sha256Hex } from "./hashes.ts"
import { parseStrictJson } from "./strict-json.ts"
import { StrictJsonError } from "./strict-json-error.ts"

export type ConfigFormat = "json" | "yaml" | "toml"
export type ConfigContent = { text: string }

/** A configuration as it is and as it would be; bound by its bytes and by what they mean. */
export type ConfigPart = {
  kind: "config"
  target: { system: string; name: string }
  format: ConfigFormat
  before: ConfigContent | null
  after: ConfigContent | null
}

/**
 * SHA-256 hex of the canonical form of what a text means. `@deltaseal/guard/config`
 * has one for every format; without it only JSON can be read.
 *
 * @throws ChangeError `invalid_content` when the text is not one value that JSON can hold
 */
export type ConfigDigest = (format: ConfigFormat, text: string) => string

/** Reading YAML takes far longer than reading its bytes, so that fewer of them may be asked of anyone. */
export const yamlBytesMax: number = 256 * 1024

/** @throws ChangeError `invalid_content`, `content_too_large` */
export function configBytes(content: ConfigContent, format: ConfigFormat): Uint8Array {
  assertFields(content, "", ["text"])
  const bytes = contentBytes(content)
  if (bytes.byteLength > (format === "yaml" ? yamlBytesMax : contentBytesMax)) {
    throw new ChangeError("content_too_large", "A YAML config may have at most 256 KiB.")
  }
  return bytes
}

/** The state that a config is bound by; absent when there is none. */
export function configState(
  content: ConfigContent | null,
  format: ConfigFormat,
  digestOf: ConfigDigest = jsonConfigDigest,
): State {
  if (content === null) return { state: "absent" }
  const bytes = configBytes(content, format)
  const value = digestOf(format, content.text)
  return { state: "present", bytes: bytes.byteLength, digest: sha256Hex(bytes), format, value }
}

/** Reads JSON configs only. */
export function jsonConfigDigest(format: ConfigFormat, text: string): string {
  if (format === "json") return sha256Hex(canonicalize(parseJsonConfig(text)))
  throw new ChangeError("unsupported_change", `Reading ${format} takes @deltaseal/guard/config.`)
}

/** @throws ChangeError `invalid_content` for what the strict parser refuses */
export function parseJsonConfig(text: string): ReturnType<typeof parseStrictJson> {
  try {
    return parseStrictJson(Buffer.from(text, "utf8"))
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error
    throw new ChangeError("invalid_content", `The config is not JSON that we read: ${error.code}.`)
  }
}
