import { confusablesTable } from "./confusables-table"

const asciiOf: ReadonlyMap<string, string> = new Map(
  confusablesTable
    .trim()
    .split("\n")
    .flatMap((row) => {
      const space = row.indexOf(" ")
      return Array.from(row.slice(space + 1), (source) => [source, row.slice(0, space)] as const)
    }),
)

/**
 * A text with everything that looks like ASCII turned into it: the skeleton of
 * UTS 39, as far as it can imitate what people type.
 */
export function skeleton(text: string): string {
  return Array.from(text.normalize("NFD"), (character) => asciiOf.get(character) ?? character).join("")
}

/**
 * Whether a name (of a path, a host, a field) can be taken for another one:
 * with a letter of another script among Latin ones, or as a whole.
 */
export function isConfusable(name: string): boolean {
  if (/^[ -~]*$/.test(name)) return false
  return (
    (name.match(words) ?? []).some((word) => isMixed(word) || isImitation(word)) || hasOddPunctuation(name)
  )
}

/**
 * Whether a text holds a word or a host that imitates another one and was not,
 * or not as often, in what it replaces. Words that are whole in another script
 * are a language, not an imitation; as hosts they can be one.
 */
export function addsLookAlike(before: string, after: string): boolean {
  const found = [...mixedWords(after), ...oddHosts(after)]
  if (found.length === 0) return false
  const known = [...mixedWords(before), ...oddHosts(before)]
  const old = new Set(known)
  return found.length > known.length || found.some((each) => !old.has(each))
}

/** Words that have a letter in them which only looks Latin. */
export function mixedWords(text: string): string[] {
  if (!beyondAscii.test(text)) return []
  return (text.match(words) ?? []).filter((word) => beyondAscii.test(word) && isMixed(word))
}

/** Hosts of addresses in a text that nobody can read for what they are: letters of other scripts, also as ASCII. */
function oddHosts(text: string): string[] {
  if (!beyondAscii.test(text) && !/xn--/i.test(text)) return []
  return Array.from(text.matchAll(hosts), ([, host = ""]) => host).filter(isOddHost)
}

/** Whether a host, or an address that ends in one, is written in punycode or can be taken for another one. */
export function isOddHost(host: string): boolean {
  return /(?:^|[@.])xn--/i.test(host) || isConfusable(host)
}

const hosts = /(?:\/\/|@)([^\s/?#@:"'`<>()[\]{}\\,;]+)/g
const words = /[\p{L}\p{N}\p{M}]+/gu
const beyondAscii = /[^\p{ASCII}]/u
const letters = /\p{L}/u

/** A Latin word with letters that imitate Latin ones; mathematical and fullwidth letters do too. */
function isMixed(word: string): boolean {
  return /[A-Za-z]/.test(word) && Array.from(word).some(imitatesLatin)
}

/** A word without a Latin letter that reads as if it had nothing else. */
function isImitation(word: string): boolean {
  const characters = Array.from(word)
  return characters.some(imitatesLatin) && /^[0-9A-Za-z]+$/.test(skeleton(word.normalize("NFKC")))
}

function imitatesLatin(letter: string): boolean {
  if (!letters.test(letter) || isPlainLatin(letter)) return false
  return asciiOf.has(letter) || /^[A-Za-z]+$/.test(letter.normalize("NFKC"))
}

/** Letters of the Latin alphabets as languages write them, such as ı and ø. */
function isPlainLatin(letter: string): boolean {
  return /\p{Script=Latin}/u.test(letter) && letter.normalize("NFKC") === letter
}

/** A slash, dot or dash that is none. */
function hasOddPunctuation(name: string): boolean {
  return Array.from(name).some((character) => /[./:@_-]/.test(asciiOf.get(character) ?? ""))
}
