import { visibleString } from "@/lib/kernel/text"

/** Quoted as soon as it could be taken for words of ours; hidden characters are written out. */
export function quoted(text: string): string {
  const visible = visibleString(text)
  const isPlain = visible === text && /^[\p{L}\p{N}._/@+-]+$/u.test(text)
  return isPlain ? text : `"${visible.replaceAll('"', '\\"')}"`
}

const namedMax = 120

/** A name short enough for a sentence; what is left out is in the diff. */
export function shortened(name: string): string {
  const characters = Array.from(name.slice(0, namedMax * 2))
  return characters.length <= namedMax ? name : `${characters.slice(0, namedMax).join("")}…`
}

/** `1 file`, `1,340 files`. Names of record types come from elsewhere and are only given an s. */
export function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`
  const plural = /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`
  return `${formatted(count)} ${plural}`
}

export function formatted(count: number): string {
  return count.toLocaleString("en-US")
}
