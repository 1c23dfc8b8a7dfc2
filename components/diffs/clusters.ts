const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" })

/** What readers take for one character each: a letter with its marks, a flag, a family of emoji. */
export function clustersOf(text: string): string[] {
  if (isSimple(text)) return text.split("")
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/**
 * A text in words, blanks and single characters, none of them cut within a
 * cluster. What is written without blanks between words is cut into clusters.
 */
export function wordsOf(text: string): string[] {
  if (isSimple(text)) return text.match(/\w+|\s+|[^]/g) ?? []

  const words: string[] = []
  let kind = ""
  for (const cluster of clustersOf(text)) {
    const next = kindOf(cluster)
    if (next !== "other" && next === kind) words.push(`${words.pop() ?? ""}${cluster}`)
    else words.push(cluster)
    kind = next
  }
  return words
}

/** The last place up to `at` at which no cluster is cut. */
export function clusterStart(text: string, at: number): number {
  if (at <= 0 || at >= text.length || isSimple(text.slice(at - 1, at + 1))) return at
  return segmenter.segment(text).containing(at)?.index ?? at
}

/** The first place from `at` on at which no cluster is cut. */
export function clusterEnd(text: string, at: number): number {
  const start = clusterStart(text, at)
  if (start === at) return at
  return start + (segmenter.segment(text).containing(at)?.segment.length ?? 0)
}

/** Beyond these, one code unit can be less than a cluster; of these only CR and LF can be one together. */
function isSimple(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text) && !text.includes("\r")
}

const unspaced =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}]/u

function kindOf(cluster: string): "word" | "blank" | "other" {
  if (/^[\p{L}\p{N}_]/u.test(cluster) && !unspaced.test(cluster)) return "word"
  return /^\s/.test(cluster) ? "blank" : "other"
}
