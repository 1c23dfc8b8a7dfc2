import type { PartFlag } from "./flags"

/** Flags of an update whose sides differ in nothing that a reader would see as words. Null = absent. */
export function textFlags(before: string | null, after: string | null): PartFlag[] {
  if (before === null || after === null || before === after) return []
  if (!isEqualWithout(isBlank, before, after)) return []

  return withLineFeeds(before) === withLineFeeds(after) ? ["line_endings_only"] : ["whitespace_only"]
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
