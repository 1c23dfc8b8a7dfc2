/**
 * A path as a git patch holds it: plain, or C-quoted when it has a control
 * byte, a quote, a backslash or a byte above 0x7e (git's `core.quotePath`).
 *
 * A space is reason to quote too. Git would leave it, but then GNU patch 2.7
 * cannot tell where the names in `diff --git` end, which are all there is when
 * only a mode changes. Both tools read the quoted form to the same bytes.
 */
export function quotePath(path: string): string {
  if (/^[!#-[\]-~]*$/.test(path)) return path

  const escaped = Array.from(new TextEncoder().encode(path), escapeByte)
  return `"${escaped.join("")}"`
}

const shortEscapes: Readonly<Record<number, string>> = {
  0x07: "\\a",
  0x08: "\\b",
  0x09: "\\t",
  0x0a: "\\n",
  0x0b: "\\v",
  0x0c: "\\f",
  0x0d: "\\r",
  0x22: '\\"',
  0x5c: "\\\\",
}

function escapeByte(byte: number): string {
  const short = shortEscapes[byte]
  if (short !== undefined) return short
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte)

  return `\\${byte.toString(8).padStart(3, "0")}`
}
