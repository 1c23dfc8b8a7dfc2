import { pointerToken, type JsonValue } from "@deltaseal/guard/change"

/** How deep a name that stands for itself is looked for; the strict parser allows no more. */
const depthMax = 64

/**
 * Where in a schema the fault is that its compiler describes, as a JSON
 * Pointer; the schema itself (`""`) where the words do not say.
 */
export function placeOfFault(schema: JsonValue, words: string): string {
  const [, pointer] = /^schema is invalid: data(\/\S*) must/.exec(words) ?? []
  if (pointer !== undefined) return pointer

  const [, named] =
    /unknown keyword: "([^"]+)"/.exec(words) ?? /can't resolve reference (\S+) from/.exec(words) ?? []
  if (named === undefined) return ""

  return findPlace(schema, (name, value) => name === named || value === named) ?? ""
}

/** The first place, depth first, at which something by this name or value stands; null when there is none. */
export function findPlace(
  value: JsonValue,
  isSought: (name: string, value: JsonValue) => boolean,
  depth = 0,
): string | null {
  if (typeof value !== "object" || value === null || depth > depthMax) return null

  for (const [name, member] of Object.entries(value)) {
    const step = `/${pointerToken(name)}`
    if (isSought(name, member)) return step
    const below = findPlace(member, isSought, depth + 1)
    if (below !== null) return step + below
  }

  return null
}
