/**
 * A path as git writes it in a patch: plain, or C-quoted when it holds a
 * control byte, a quote, a backslash or a byte above 0x7e (`core.quotePath`).
 * Both `git apply` and GNU patch read it back to the same bytes.
 */
export function quotePath(path: string): string {
  if (/^[ !#-[\]-~]*$/.test(path)) return path

  const escaped = Array.from(new TextEncoder().encode(path), escapeByte)
  return `"${escaped.join("")}"`
}

/** The label of a `---` or `+++` line. After a name with a space the tab says where the name ends. */
export function fileLabel(path: string): string {
  const quoted = quotePath(path)
  return quoted.includes(" ") ? `${quoted}\t` : quoted
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
