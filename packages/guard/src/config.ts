/**
 * What a configuration in JSON, YAML or TOML means, as one JSON value. Apart
 * from the rest of the change because it takes two packages: `yaml`, `smol-toml`.
 */
export { readConfig, configDigest, type ConfigReading } from "./read-config.ts"
export type { ConfigFeature } from "./config-walk.ts"
export type { ConfigDigest, ConfigFormat } from "./config-part.ts"
