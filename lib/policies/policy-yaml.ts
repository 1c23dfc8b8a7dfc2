import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
} from "yaml"

/** A place in a text; both count from 1, columns in UTF-16 units. */
export type Place = Readonly<{ line: number; column: number }>

/** A fault of the text itself, before anything is asked of what it says. */
export type YamlFault = Readonly<{ offset: number; code: string; message: string }>

export type YamlReading = Readonly<{
  value: unknown
  faults: readonly YamlFault[]
  placeOf: (offset: number) => Place
  /** Where the value at a path begins, or what it would be in; `isName`: where its name does. */
  find: (path: readonly PropertyKey[], isName?: boolean) => number
  /** Where a character of the text at a path is. */
  findInText: (path: readonly PropertyKey[], offset: number) => number
}>

/**
 * Reads one document of YAML 1.2 with its core schema, with the place of
 * everything in it. Anchors, aliases, tags and directives are refused: what a
 * rule says stands where it is read.
 *
 * @throws RangeError for a text that nests too deep to be read
 */
export function readYaml(text: string): YamlReading {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    uniqueKeys: true,
    strict: true,
    prettyErrors: false,
    lineCounter: lines,
    logLevel: "error",
  })
  const lineOf = ({ offset }: YamlFault) => lines.linePos(offset).line
  // One slip of the pen is several to a parser.
  const slips = syntaxFaults(document).filter(
    (fault, index, all) =>
      fault.code !== "yaml_syntax" || all.findIndex((other) => lineOf(other) === lineOf(fault)) === index,
  )
  const faults = [...slips, ...featureFaults(document)]

  return {
    value: faults.length === 0 ? document.toJS() : undefined,
    faults,
    placeOf: (offset) => {
      const { line, col } = lines.linePos(offset)
      return { line: Math.max(line, 1), column: Math.max(col, 1) }
    },
    find: (path, isName = false) => find(document, path, isName),
    findInText: (path, offset) => findInText(document, text, path, offset),
  }
}

const syntaxWords: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "This name stands here twice.",
  TAB_AS_INDENT: "YAML is indented with spaces, not with tabs.",
  MULTIPLE_DOCS: "A policy is one document: there is a second one after ---.",
  BAD_INDENT: "This line is not indented like those it belongs to.",
  BLOCK_AS_IMPLICIT_KEY: "A value that has a colon in it is written in quotes.",
}

/** Where one code is about several slips. */
const messageWords: readonly (readonly [RegExp, string])[] = [
  [/^Missing closing/, "A quote was opened before this and never closed."],
  [/end with a [\]}]/, "A bracket is opened and not closed before this."],
  [
    /^Sequence item without/,
    "This line is not indented like those it belongs to, or lacks the dash of a list.",
  ],
  [/^Implicit map keys need/, "After a name come a colon, a space and a value."],
]

function wordsOf(code: string, message: string): string {
  const [, words] = messageWords.find(([pattern]) => pattern.test(message)) ?? []
  return words ?? syntaxWords[code] ?? `This is not YAML: ${message}.`
}

function syntaxFaults({ errors, warnings, directives }: Document.Parsed): YamlFault[] {
  const faults = [...errors, ...warnings].map(({ code, message, pos }) => ({
    offset: pos[0],
    code: code === "DUPLICATE_KEY" ? "duplicate_member" : "yaml_syntax",
    message: wordsOf(code, message),
  }))
  const isBare = directives.yaml.explicit !== true && Object.keys(directives.tags).join() === "!!"
  return isBare
    ? faults
    : [...faults, { offset: 0, code: "yaml_feature", message: "A policy has no directives." }]
}

function featureFaults(document: Document.Parsed): YamlFault[] {
  const faults: YamlFault[] = []
  visit(document, (_, node) => {
    if (!isNode(node)) return
    const offset = node.range?.[0] ?? 0
    const refuse = (what: string) =>
      faults.push({ offset, code: "yaml_feature", message: `A policy has no ${what}.` })
    if (isAlias(node)) refuse("aliases")
    else if (node.anchor !== undefined) refuse("anchors")
    else if (node.tag !== undefined) refuse("tags")
  })
  return faults
}

/** As far as the path leads. */
function find({ contents }: Document.Parsed, path: readonly PropertyKey[], isName: boolean): number {
  let node: unknown = contents
  let offset = startOf(node) ?? 0
  for (const [depth, step] of path.entries()) {
    const { name, value } = memberOf(node, step)
    const isAsked = isName && depth === path.length - 1
    const start = isAsked ? startOf(name) : (startOf(value) ?? startOf(name))
    if (start === undefined) return offset
    offset = start
    node = value
  }
  return offset
}

function memberOf(node: unknown, step: PropertyKey): { name?: unknown; value?: unknown } {
  if (isSeq(node)) return { value: node.items[Number(step)] }
  if (!isMap(node)) return {}
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step)
  return isPair(pair) ? { name: pair.key, value: pair.value } : {}
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}

/**
 * Past white space a text stands in the source as it is, however its lines were
 * broken; where it does not, as with escapes, its beginning has to do.
 */
function findInText(
  document: Document.Parsed,
  source: string,
  path: readonly PropertyKey[],
  offset: number,
): number {
  const node = document.getIn(path, true)
  if (!isScalar(node) || typeof node.value !== "string" || node.range == null)
    return find(document, path, false)

  const [start, end] = node.range
  let at = node.type?.startsWith("BLOCK") === true ? source.indexOf("\n", start) : start
  if (node.type?.startsWith("QUOTE") === true) at += 1
  for (const character of node.value.slice(0, offset)) {
    if (character.trim() === "") continue
    at = pastSpace(source, at)
    if (at >= end || !source.startsWith(character, at)) return start
    at += character.length
  }
  const found = offset < node.value.length ? pastSpace(source, at) : at
  return found <= end ? found : start
}

function pastSpace(source: string, from: number): number {
  let at = from
  while (at < source.length && source.charAt(at).trim() === "") at += 1
  return at
}
