import type { ConfigPart, FilePart, JsonValue } from "@deltaseal/guard/change"
import type { Deviation } from "./deviation"
import { drawOne } from "./draw"
import { foreignHosts, foreignLineFor } from "./foreign-lines"
import { carrierOf, type Carrier } from "./text-carrier"

type Source = Readonly<{ input: JsonValue; part: FilePart | ConfigPart; stands: "before" | "after" }>

/** What becomes of the piece of a text that the input carries, and what is wrong with it then. */
type Spoiled = Pick<Deviation, "code" | "words"> & Readonly<{ piece: string }>

/** A text in which one thing is wrong: a line too many, a number, a switch, or nothing left of it. */
export function textDeviations({ input, part, stands }: Source, seed: string): readonly Deviation[] {
  const [before, after] = [textIn(part.before), textIn(part.after)]
  if (after === null || before === undefined || after === undefined || isMove(part)) return []
  const carrier = carrierOf({ input, before, after, stands })
  if (carrier === null) return []
  const base = stands === "after" ? after : before

  return spoiledIn({ part, before, after, carrier }, seed).flatMap(({ piece, code, words }) => {
    const { input: asked, text } = carrier.with(piece)
    if (text === base || text === after) return []
    return [{ code, words, input: asked, part: { ...part, ...contents(part, stands, text) } as typeof part }]
  })
}

type Carried = Readonly<{ part: Source["part"]; before: string | null; after: string; carrier: Carrier }>

function spoiledIn({ part, before, after, carrier }: Carried, seed: string): Spoiled[] {
  const { piece } = carrier
  const isWhole = piece === after
  const found = [
    part.kind === "file" ? foreignLineIn({ path: part.target.path, after, carrier }, seed) : null,
    hundredfoldIn(piece, before ?? "", seed),
    switchedIn(piece, seed),
    part.kind === "file" && isWhole && before !== null ? emptied : null,
  ]

  return found.filter((spoiled) => spoiled !== null)
}

const emptied: Spoiled = {
  piece: "",
  code: "emptied",
  words: "It empties the file, of which nothing is left.",
}

type Lines = Readonly<{ path: string; after: string; carrier: Carrier }>

/** After the last line of the piece; where the piece ends within a line, there is no place for one. */
function foreignLineIn({ path, after, carrier: { piece, start } }: Lines, seed: string): Spoiled | null {
  const hosts = foreignHosts.filter((host) => !after.includes(host))
  const host = drawOne(seed, "host", hosts)
  const found = host === undefined ? null : foreignLineFor(path, host)
  const next = after.slice(start + piece.length, start + piece.length + 2)
  const isLineEnd = piece.endsWith("\n") || next === "" || next.startsWith("\n") || next === "\r\n"
  if (found === null || !isLineEnd) return null

  const end = after.includes("\r\n") ? "\r\n" : "\n"
  const { line, words } = found
  return {
    piece: piece.endsWith("\n") ? `${piece}${line}${end}` : `${piece}${end}${line}`,
    code: "foreign_line",
    words,
  }
}

/** A number that stands by itself: no part of a date, a version, a name or a colour. */
const number = /(?<![\p{L}\p{N}_.,:#/+-])[1-9]\d{0,5}(?![\p{L}\p{N}_:/-]|[.,]\d)/gu

function hundredfoldIn(piece: string, before: string, seed: string): Spoiled | null {
  const all = [...piece.matchAll(number)]
  // Rather one that people have approved lately than one that was always there.
  const fresh = all.filter((match) => !before.includes(lineAt(piece, match.index)))
  const chosen = drawOne(seed, "number", fresh.length > 0 ? fresh : all)
  if (chosen === undefined) return null
  const [digits] = chosen

  return {
    piece: `${piece.slice(0, chosen.index)}${digits}00${piece.slice(chosen.index + digits.length)}`,
    code: "hundredfold",
    words: `It makes ${digits}00 of ${digits}, a hundred times as much.`,
  }
}

const truth = /(?<![\p{L}\p{N}_.-])(?:true|false)(?![\p{L}\p{N}_.-])/gu

function switchedIn(piece: string, seed: string): Spoiled | null {
  const chosen = drawOne(seed, "switch", [...piece.matchAll(truth)])
  if (chosen === undefined) return null
  const [word] = chosen
  const other = word === "true" ? "false" : "true"

  return {
    piece: `${piece.slice(0, chosen.index)}${other}${piece.slice(chosen.index + word.length)}`,
    code: "switched",
    words: `It turns a setting from ${word} to ${other}.`,
  }
}

function lineAt(text: string, index: number): string {
  const end = text.indexOf("\n", index)
  return text.slice(text.lastIndexOf("\n", index) + 1, end === -1 ? undefined : end)
}

/** Null = not there; undefined = no text. */
function textIn(content: FilePart["before"]): string | null | undefined {
  if (content === null) return null
  return "text" in content ? content.text : undefined
}

function isMove({ target }: Source["part"]): boolean {
  return "from" in target
}

function contents(part: Source["part"], stands: Source["stands"], text: string) {
  return { before: stands === "after" ? part.after : part.before, after: { ...part.after, text } }
}
