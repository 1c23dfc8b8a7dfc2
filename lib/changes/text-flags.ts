import { addsLookAlike } from "@/lib/kernel/confusables"
import { addsSecret } from "@/lib/kernel/secret-shapes"
import { longLineUnits, type PartFlag } from "./flags"

/** Flags of an update whose sides differ in nothing that a reader would see as words. Null = absent. */
export function textFlags(before: string | null, after: string | null): PartFlag[] {
  if (before === null || after === null || before === after) return []
  if (!isEqualWithout(isBlank, before, after)) return []

  return withLineFeeds(before) === withLineFeeds(after) ? ["line_endings_only"] : ["whitespace_only"]
}

/** Flags of what a patch of two texts adds, and of lines in it that nobody reads to their end. */
export function shownFlags(before: string, after: string, patch: string): PartFlag[] {
  const flags: PartFlag[] = []
  if (addsSecret(before, after)) flags.push("secret_added")
  if (addsLookAlike(before, after)) flags.push("confusable")
  if (hasLongLine(patch)) flags.push("long_lines")
  return flags
}

/** Whether a line of a text is one that nobody reads to its end. */
export function hasLongLine(text: string): boolean {
  let start = 0
  while (text.length - start > longLineUnits) {
    const end = text.indexOf("\n", start)
    if (end === -1 || end - start > longLineUnits + 1) return true
    start = end + 1
  }
  return false
}

/** Walks both at once and stops at the first difference, so that it costs next to nothing on most changes. */
function isEqualWithout(isSkipped: (code: number) => boolean, before: string, after: string): boolean {
  let [x, y] = [0, 0]
  for (;;) {
    while (isSkipped(before.charCodeAt(x))) x++
    while (isSkipped(after.charCodeAt(y))) y++
    if (x >= before.length || y >= after.length) return x >= before.length && y >= after.length
    if (before.charCodeAt(x++) !== after.charCodeAt(y++)) return false
  }
}

/** Only the blanks of ASCII (tab to carriage return, space): an odd space is content, and a hidden character. */
function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, "\n")
}
