import { canonicalize, type JsonValue } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { parseJsonConfig, type ConfigFormat } from "./config-part.ts"
import type { ConfigFeature } from "./config-walk.ts"
import { sha256Hex } from "./hashes.ts"
import { readToml } from "./read-toml.ts"
import { readYaml } from "./read-yaml.ts"

/** What a text means, and what it uses that readers of its format disagree on, in the order of the alphabet. */
export type ConfigReading = Readonly<{ value: JsonValue; features: readonly ConfigFeature[] }>

/**
 * Reads a configuration as the one JSON value it stands for.
 *
 * What JSON cannot hold (dates, infinities, keys that are lists, several
 * documents in one text) is refused. What has a value but not the same one for
 * every reader is named in `features`: whether that is allowed is for a policy
 * to say.
 *
 * @throws ChangeError `invalid_content`
 */
export function readConfig(format: ConfigFormat, text: string): ConfigReading {
  switch (format) {
    case "json":
      return { value: parseJsonConfig(text), features: [] }
    case "yaml":
      return readYaml(text)
    case "toml":
      return { value: readToml(text), features: [] }
    default:
      throw new ChangeError("invalid_content", "A format is json, yaml or toml.")
  }
}

/** What an envelope says of a config's value: the SHA-256 hex of its canonical form. */
export function configDigest(format: ConfigFormat, text: string): string {
  return sha256Hex(canonicalize(readConfig(format, text).value))
}
