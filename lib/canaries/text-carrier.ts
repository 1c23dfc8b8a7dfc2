import type { JsonValue } from "@deltaseal/guard/change"
import { leavesIn, onlyPlaceOf, replacedAt, type Leaf } from "./json-leaves"

/** A text that somebody approved a change of, with what the call's input said of it. */
export type CarriedText = Readonly<{
  input: JsonValue
  /** Null = it was not there. */
  before: string | null
  after: string
  stands: "before" | "after"
}>

/**
 * The piece of the input that ends up in the text: all of it, or what takes the
 * place of another piece. Whoever changes the one has to change the other, or
 * the input would give the canary away.
 */
export type Carrier = Readonly<{
  piece: string
  /** Where the piece begins in the text. */
  start: number
  /** The text and the input, were the piece another one. */
  with: (piece: string) => Readonly<{ input: JsonValue; text: string }>
}>

/** How an input brings about a text; null where that cannot be told. */
export function carrierOf(text: CarriedText): Carrier | null {
  return wholeCarrier(text) ?? replacingCarrier(text)
}

function wholeCarrier({ input, after }: CarriedText): Carrier | null {
  const path = after === "" ? null : onlyPlaceOf(input, after)
  if (path === null) return null

  return {
    piece: after,
    start: 0,
    with: (piece) => ({ input: replacedAt(input, path, piece), text: piece }),
  }
}

type Replacing = Readonly<{
  find: Leaf["path"]
  replace: Leaf["path"]
  start: number
  found: string
  piece: string
}>

/** An input that says what to look for and what to put there, whatever it calls them. */
function replacingCarrier({ input, before, after, stands }: CarriedText): Carrier | null {
  if (before === null) return null
  const [only, ...others] = replacements(input, before, after)
  if (only === undefined || others.length > 0) return null
  const { find, replace, start, found, piece } = only
  // What stands there now is the piece, and that has to be found then.
  const sought = stands === "after" ? piece : found
  const base = stands === "after" ? after : before
  if (piece === "" || !isOnceIn(base, sought)) return null

  return {
    piece,
    start,
    with: (next) => ({
      input: replacedAt(replacedAt(input, find, sought), replace, next),
      text: base.slice(0, start) + next + base.slice(start + sought.length),
    }),
  }
}

function replacements(input: JsonValue, before: string, after: string): Replacing[] {
  const texts = leavesIn(input).flatMap(({ path, value }) =>
    typeof value === "string" && value !== "" ? [{ path, value }] : [],
  )
  return texts.flatMap((find) => {
    if (!isOnceIn(before, find.value)) return []
    const start = before.indexOf(find.value)
    const rest = before.slice(start + find.value.length)
    return texts.flatMap((replace) =>
      replace !== find && before.slice(0, start) + replace.value + rest === after
        ? [{ find: find.path, replace: replace.path, start, found: find.value, piece: replace.value }]
        : [],
    )
  })
}

/** Whether a piece is in a text at exactly one place; places that overlap are two. */
function isOnceIn(text: string, piece: string): boolean {
  const first = text.indexOf(piece)
  return first !== -1 && text.lastIndexOf(piece) === first
}
