import { expect, test } from "vitest"
import { Label } from "@/lib/kernel/label.schema"
import { EmailText, NameText } from "@/lib/kernel/name.schema"

test.each(["Ada Byron", "Åsa Öberg", "株式会社", "한국", "O'Neil & Sons (2)", "Zoë 🦷", 'x"<b>y\\'])(
  "%j is a name",
  (name) => {
    expect(NameText.parse(name)).toBe(name)
    expect(Label.parse(name)).toBe(name)
  },
)

test.each([
  ["nothing that a font draws", "\u3164"],
  ["another blank letter", "A\uFFA0da"],
  ["a blank Braille pattern", "\u2800"],
  ["a space that is none of ours", "Ada\u00A0Byron"],
  ["a zero-width space", "Ada\u200B"],
  ["a letter that joins nothing visible", "Ada\u034F"],
  ["a variation selector", "Ada\uFE0F"],
  ["a tag", "Ada\u{E0041}"],
  ["text that runs backwards", "\u202EnoryB adA"],
  ["a composed letter's twin", "A\u030Asa"],
  ["a mark with nothing under it", "\u0301Ada"],
  ["a private character", "\uE000"],
  ["a line's end", "Ada\nByron"],
  ["a tab", "Ada\tByron"],
  ["half a character", "\uD800"],
])("a name cannot hold %s", (_, name) => {
  expect(NameText.safeParse(name).success).toBe(false)
  expect(Label.safeParse(name).success).toBe(false)
})

test("a refusal names what cannot be seen", () => {
  expect(NameText.safeParse("Ada\u200B").error?.issues[0]?.message).toBe(
    "A name cannot hold what a reader would not see: U+200B ZERO WIDTH SPACE.",
  )
})

test.each([
  "\u0430dmin@agency.example",
  "adm\u0131n@agency.example",
  "a@b.example\u200B",
  " a@b.example",
  "a@b.example ",
])("%j is no address that looks like another", (email) => {
  expect(EmailText.safeParse(email).success).toBe(false)
})

test("an address has one spelling", () => {
  expect(EmailText.parse("Ada@Agency.EXAMPLE")).toBe("ada@agency.example")
})
