import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Alias,
  type Document,
  type Scalar,
  type YAMLMap,
} from "yaml"
import type { JsonObject, JsonValue } from "./canonical.ts"
import {
  addMember,
  enterValue,
  exactNumber,
  refuse,
  startWalk,
  type ConfigFeature,
  type ConfigWalk,
} from "./config-walk.ts"

/**
 * Reads one document of YAML 1.2 with its core schema.
 *
 * Directives, several documents and a byte order mark are refused. A key that
 * is a number, a boolean or null stands under its JSON text. `<<` is a key like
 * any other, because YAML 1.2 merges nothing; that others do is a feature to
 * look at.
 *
 * @throws ChangeError `invalid_content`
 */
export function readYaml(text: string): Readonly<{ value: JsonValue; features: readonly ConfigFeature[] }> {
  if (text.startsWith("\ufeff")) throw refuse("starts with a byte order mark")
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    uniqueKeys: false,
    strict: true,
    prettyErrors: false,
    intAsBigInt: true,
    logLevel: "error",
  })
  assertOnePlainDocument(document)

  const walk: YamlWalk = { ...startWalk(), anchored: new Map() }
  const value = valueOf(walk, document.contents, 0)
  return { value, features: [...walk.features].sort() }
}

/** `anchored`: what each anchor names where the reading stands; a later one of the same name takes its place. */
type YamlWalk = ConfigWalk & Readonly<{ anchored: Map<string, unknown> }>

function assertOnePlainDocument({ errors, warnings, directives }: Document.Parsed): void {
  const [error] = errors
  if (error !== undefined) throw refuse(`is not YAML that we read: ${error.code}`)
  const isBare = directives.yaml.explicit !== true && Object.keys(directives.tags).join() === "!!"
  if (!isBare || warnings.some(({ code }) => code === "BAD_DIRECTIVE")) throw refuse("has a directive")
}

function valueOf(walk: YamlWalk, node: unknown, depth: number): JsonValue {
  enterValue(walk, depth, isMap(node) || isSeq(node))
  if (node === null) return null
  if (isAlias(node)) return aliasedValue(walk, node, depth)
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) throw refuse("is not YAML that we read")

  if (node.tag !== undefined) walk.features.add("tags")
  if (node.anchor !== undefined) {
    walk.features.add("anchors")
    walk.anchored.set(node.anchor, node)
  }
  if (isScalar(node)) return scalarValue(node)
  if (isMap(node)) return mapValue(walk, node, depth)
  return node.items.map((item) => valueOf(walk, item, depth + 1))
}

function aliasedValue(walk: YamlWalk, { source }: Alias, depth: number): JsonValue {
  walk.features.add("anchors")
  if (!walk.anchored.has(source)) throw refuse("has an alias without its anchor")
  return valueOf(walk, walk.anchored.get(source), depth)
}

function mapValue(walk: YamlWalk, { items }: YAMLMap, depth: number): JsonObject {
  const members = Object.create(null) as JsonObject
  for (const { key, value } of items) {
    if (isScalar(key) && key.value === "<<" && key.type === "PLAIN") walk.features.add("merge_keys")
    const name = valueOf(walk, key, depth + 1)
    if (typeof name === "object" && name !== null) throw refuse("has a key that is a list or a map")
    addMember(walk, members, String(name), valueOf(walk, value, depth + 1))
  }
  return members
}

function scalarValue({ value, source = "" }: Scalar): JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value
  if (typeof value === "bigint") return exactNumber(value, String(value))
  if (typeof value === "number") return exactNumber(value, source.replace("+", ""))
  throw refuse("has a value that JSON cannot hold")
}
