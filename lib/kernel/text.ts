import { codePointName } from "./text-names"

/** A run of characters shown as they are, or one code point that is shown as a box. */
export type VisibleSegment = Readonly<{ text: string }> | Readonly<{ codePoint: string; name: string }>

/**
 * Control, format, bidi, zero-width, tag, private, unassigned, surrogate, odd
 * space and separator code points, variation selectors and other ignorable
 * ones, and those that a font draws as nothing at all.
 */
const hidden =
  "[\\u{16FE4}\\p{Cc}\\p{Cf}\\p{Co}\\p{Cn}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Zs}\\p{Default_Ignorable_Code_Point}\\p{Variation_Selector}" +
  "\\u2800\\u{13441}\\u{13442}\\u{1D159}\\uFFFC]"
const hiddenInLine = new RegExp(`(?! )${hidden}|[⟦⟧]`, "u")
const hiddenInText = new RegExp(`(?![ -~\\t\\n]|\\r\\n)${hidden}`, "gu")

/** What composes with the character before it: marks, and Hangul vowels and finals. */
const joining = "[\\p{M}\\u1160-\\u11FF]"
const clusters = new RegExp(`[ -~]+(?!${joining})|(?!${joining})[^]${joining}*|${joining}+`, "gu")

/**
 * One line as a person can check it (SPEC 7.2): whatever could hide, reorder
 * or imitate text becomes a box with its code point and name.
 *
 * Invertible: two different lines never give the same segments nor, through
 * `visibleString`, the same characters. So beyond hidden code points it boxes
 * blanks at the end of the line, the two brackets that `visibleString` uses,
 * marks with nothing to combine with, and whatever is not in normal form C,
 * because that looks exactly like its composed twin. A tab is a segment of its
 * own, for the page to mark.
 */
export function visibleText(line: string): VisibleSegment[] {
  const end = blanksAt(line)
  const segments: VisibleSegment[] = []
  let plain = ""

  for (const cluster of line.slice(0, end).match(clusters) ?? []) {
    if (isPlain(cluster)) {
      plain += cluster
      continue
    }
    for (const [at, character] of Array.from(cluster).entries()) {
      if (at === 0 && isPlain(character)) {
        plain += character
        continue
      }
      segments.push(...plainSegments(plain), boxOrTab(character))
      plain = ""
    }
  }

  return [...segments, ...plainSegments(plain), ...Array.from(line.slice(end), boxOf)]
}

/** `visibleText` as one string, with boxes in white square brackets: `4⟦U+200B ZERO WIDTH SPACE⟧9`. */
export function visibleString(line: string): string {
  return visibleText(line)
    .map((segment) => ("text" in segment ? segment.text : `⟦${segment.codePoint} ${segment.name}⟧`))
    .join("")
}

/** How many hidden code points a text of many lines holds. The CR of a CRLF line end does not count. */
export function countHidden(text: string): number {
  let count = 0
  hiddenInText.lastIndex = 0
  while (hiddenInText.test(text)) count++

  return count
}

/** A text without U+0000, which the database's text cannot hold. */
export function printable(text: string): string {
  return text.replaceAll("\0", "\\u0000")
}

function isPlain(cluster: string): boolean {
  return !hiddenInLine.test(cluster) && !startsJoining.test(cluster) && cluster.normalize("NFC") === cluster
}

const startsJoining = new RegExp(`^${joining}`, "u")

/** Clusters are in normal form one by one; should two still compose, nothing beyond ASCII is trusted. */
function plainSegments(plain: string): VisibleSegment[] {
  if (plain === "") return []
  if (plain.normalize("NFC") === plain) return [{ text: plain }]

  return (plain.match(/[ -~]+|[^ -~]/gu) ?? []).map((run) =>
    /^[ -~]/.test(run) ? { text: run } : boxOf(run),
  )
}

function boxOrTab(character: string): VisibleSegment {
  return character === "\t" ? { text: character } : boxOf(character)
}

function boxOf(character: string): VisibleSegment {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")
  return { codePoint: `U+${hex}`, name: codePointName(character) }
}

/** Where the blanks at the end of a line begin; nobody sees those. */
function blanksAt(line: string): number {
  let end = line.length
  while (line[end - 1] === " " || line[end - 1] === "\t") end--
  return end
}
