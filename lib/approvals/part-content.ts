/** Lines of a text, each with its own end: only a line feed ends one, as in diffs. */
export type CutLines = Readonly<{
  lineCount: number
  from: number
  text: string
  /** The line after the last one here; null at the end of the text. */
  nextLine: number | null
}>

/** Up to `count` lines from line `from` on, counted from 1. Beyond the end there is nothing. */
export function cutLines(text: string, from: number, count: number): CutLines {
  const ends = lineEnds(text)
  const start = from === 1 ? 0 : (ends[from - 2] ?? text.length)
  const last = Math.min(ends.length, from - 1 + count)
  const end = last === 0 ? 0 : (ends[last - 1] ?? text.length)

  return {
    lineCount: ends.length,
    from,
    text: text.slice(start, Math.max(start, end)),
    nextLine: last < ends.length ? last + 1 : null,
  }
}

/** The place after each line, its end included. */
function lineEnds(text: string): number[] {
  const ends: number[] = []
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) ends.push(at + 1)
  if (text.length > (ends.at(-1) ?? 0)) ends.push(text.length)
  return ends
}
