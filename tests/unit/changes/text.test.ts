import fc from "fast-check"
import { expect, test } from "vitest"
import { countHidden, visibleString, visibleText, type VisibleSegment } from "@/lib/kernel/text"

/** Text in which something hides far more often than in real life. */
const tricky = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom("a", "é", "e\u0301", "\u0301", " ", "\t", "\r", "\u200b", "\u202e", "\u00a0", "⟦", "⟧"),
      fc.constantFrom(
        "U+200B ZERO WIDTH SPACE",
        "⟦U+200B ZERO WIDTH SPACE⟧",
        "가",
        "\u1100\u1161",
        "\u212b",
        "Å",
      ),
      fc.constantFrom("\ud800", "\udc00", "\ufe0f", "❤", "\u{e0041}", "\u034f", "\u3164", "\u2800", "\0"),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join("").replaceAll("\n", ""))

test("can be turned back into the line, so no two lines look the same", () => {
  fc.assert(
    fc.property(tricky, (line) => {
      expect(visibleText(line).map(original).join("")).toBe(line)
      expect(unboxed(visibleString(line))).toBe(line)
    }),
    { numRuns: 5_000 },
  )
})

test("shows as text nothing that hides, and nothing that another spelling would equal", () => {
  fc.assert(
    fc.property(tricky, (line) => {
      for (const segment of visibleText(line)) {
        if (!("text" in segment) || segment.text === "\t") continue
        expect(countHidden(segment.text)).toBe(0)
        expect(segment.text.normalize("NFC")).toBe(segment.text)
      }
    }),
    { numRuns: 5_000 },
  )
})

test("two lines that Unicode calls equivalent look different", () => {
  fc.assert(
    fc.property(tricky, (line) => {
      for (const form of ["NFC", "NFD"]) {
        const twin = line.normalize(form)
        if (twin !== line) expect(visibleString(twin)).not.toBe(visibleString(line))
      }
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ["a zero width space", "4\u200b9", "4⟦U+200B ZERO WIDTH SPACE⟧9"],
  ["a right-to-left override", "a\u202eb", "a⟦U+202E RIGHT-TO-LEFT OVERRIDE⟧b"],
  ["a CR before the line end", "a\r", "a⟦U+000D CARRIAGE RETURN⟧"],
  ["an escape sequence", "\u001b[31m", "⟦U+001B ESCAPE⟧[31m"],
  ["U+0000", "a\0b", "a⟦U+0000 NULL⟧b"],
  ["a no-break space", "a\u00a0b", "a⟦U+00A0 NO-BREAK SPACE⟧b"],
  ["a tag letter", "a\u{e0062}b", "a⟦U+E0062 TAG b⟧b"],
  ["a variation selector", "❤\ufe0f", "❤⟦U+FE0F VARIATION SELECTOR⟧"],
  ["a private use code point", "\ue000x", "⟦U+E000 PRIVATE USE⟧x"],
  ["an unassigned code point", "\u0378x", "⟦U+0378 UNASSIGNED⟧x"],
  ["a noncharacter", "\ufffex", "⟦U+FFFE NONCHARACTER⟧x"],
  ["half of a surrogate pair", "\ud800x", "⟦U+D800 LONE SURROGATE⟧x"],
  ["a Hangul filler", "a\u3164b", "a⟦U+3164 HANGUL FILLER⟧b"],
  ["a blank braille pattern", "a\u2800b", "a⟦U+2800 BRAILLE PATTERN BLANK⟧b"],
  ["a grapheme joiner", "a\u034fb", "a⟦U+034F COMBINING GRAPHEME JOINER⟧b"],
  ["a decomposed letter", "cafe\u0301", "cafe⟦U+0301 COMBINING MARK⟧"],
  ["a decomposed letter and no composed one", "über cafe\u0301", "über cafe⟦U+0301 COMBINING MARK⟧"],
  ["a mark that would combine with our own sign", "\u0301a", "⟦U+0301 COMBINING MARK⟧a"],
  ["a code point that normal form C replaces", "5\u212b", "5⟦U+212B NOT IN NORMAL FORM⟧"],
  ["blanks at the end", "a \t", "a⟦U+0020 SPACE⟧⟦U+0009 TAB⟧"],
  ["our own brackets", "⟦a", "⟦U+27E6 MATHEMATICAL LEFT WHITE SQUARE BRACKET⟧a"],
])("boxes %s", (_, line, shown) => {
  expect(visibleString(line)).toBe(shown)
})

test.each(["plain text", "naïve café", "日本語 中文 한국어", "🦊 ünïcode", "x\u0304 and Z\u0335", "עברית"])(
  "leaves %s as it is",
  (line) => {
    expect(visibleText(line)).toEqual([{ text: line }])
  },
)

test("makes a tab a segment of its own", () => {
  expect(visibleText("a\tb")).toEqual([{ text: "a" }, { text: "\t" }, { text: "b" }])
})

test.each([
  ["nothing in plain text with tabs and CRLF line ends", "a\tb\r\nc \r\n", 0],
  ["a CR that ends no line", "a\rb\r", 2],
  ["each of several in a row", "\u200b\u200b\u{e0041}", 3],
])("counts %s", (_, text, count) => {
  expect(countHidden(text)).toBe(count)
})

function original(segment: VisibleSegment): string {
  if ("text" in segment) return segment.text
  return String.fromCodePoint(Number.parseInt(segment.codePoint.slice(2), 16))
}

function unboxed(shown: string): string {
  return shown.replace(/⟦U\+([0-9A-F]+) [^⟧]*⟧/g, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  )
}
