import { expect, test } from "vitest"
import { diffFile, type FileDiff } from "@/lib/changes/file-diff"
import type { FileMode } from "@/lib/changes/unified-diff"
import { bytesSide, textSide } from "./changed-file"

const diff = (before: string | null, after: string | null, path = "docs/a.txt"): FileDiff =>
  diffFile({ path, before: textSide(before), after: textSide(after), workMax: 1e6 })

const withModes = (before: FileMode | null, after: FileMode | null) =>
  diffFile({
    path: "run.sh",
    before: before && textSide("x\n", before),
    after: after && textSide("x\n", after),
    workMax: 1e6,
  })

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `${at}\n`).join("")

test("writes an update as git does", () => {
  expect(diff("alpha\nbeta\n", "alpha\ngamma\n")).toEqual({
    text: [
      "diff --git a/docs/a.txt b/docs/a.txt",
      "--- a/docs/a.txt",
      "+++ b/docs/a.txt",
      "@@ -1,2 +1,2 @@",
      " alpha",
      "-beta",
      "+gamma",
      "",
    ].join("\n"),
    added: 1,
    removed: 1,
    hiddenCharacters: 0,
    flags: [],
    work: expect.any(Number) as number,
  })
})

test("keeps three lines of context, and one hunk as long as contexts touch", () => {
  const before = numbered(40)

  expect(
    hunkHeaders(diff(before, before.replace("\n10\n", "\nten\n").replace("\n17\n", "\nseventeen\n"))),
  ).toEqual(["@@ -8,14 +8,14 @@"])
  expect(
    hunkHeaders(diff(before, before.replace("\n10\n", "\nten\n").replace("\n18\n", "\neighteen\n"))),
  ).toEqual(["@@ -8,7 +8,7 @@", "@@ -16,7 +16,7 @@"])
})

test("ends lines at LF alone and shows CR and a missing final newline", () => {
  expect(diff("a\rb\r\n", "a\rb").text).toContain("-a\rb\r\n+a\rb\n\\ No newline at end of file\n")
})

test.each([
  [
    "a created file",
    diff(null, "x\n"),
    "new file mode 100644\n--- /dev/null\n+++ b/docs/a.txt\n@@ -0,0 +1 @@\n+x\n",
  ],
  [
    "a deleted file",
    diff("x\n", null),
    "deleted file mode 100644\n--- a/docs/a.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
  ],
  ["a created empty file", diff(null, ""), "new file mode 100644\nindex 0000000..e69de29\n"],
  ["a deleted empty file", diff("", null), "deleted file mode 100644\nindex e69de29..0000000\n"],
  ["a mode", withModes("100644", "100755"), "old mode 100644\nnew mode 100755\n"],
])("shows %s", (_, { text }, lines) => {
  expect(text.slice(text.indexOf("\n") + 1)).toBe(lines)
})

test.each([
  ["plain.md", "a/plain.md"],
  ["with space.md", '"a/with space.md"'],
  ["ü.md", '"a/\\303\\274.md"'],
  ['q"\t\\.md', '"a/q\\"\\t\\\\.md"'],
])("names %j so that no byte of it is lost", (path, quoted) => {
  expect(diff("a\n", "b\n", path).text).toContain(`--- ${quoted}\n`)
})

test.each([
  ["holds NUL", Buffer.from("a\0b"), "61 00 62"],
  ["is not UTF-8", Buffer.from([0x61, 0xff]), "61 ff"],
  ["is long", Buffer.alloc(40), Array(32).fill("00").join(" ")],
])(
  "says of content that %s its size, digest and first bytes, and that it cannot be inspected",
  (_, bytes, head) => {
    const side = bytesSide(bytes)

    const { text, flags, added, removed } = diffFile({ path: "b", before: null, after: side, workMax: 1e6 })

    expect(text).toContain("Binary files /dev/null and b/b differ\n")
    expect(text).toContain(
      `before absent\nafter ${bytes.length} bytes, sha256 ${side.digest}, begins ${head}\n`,
    )
    expect({ flags, added, removed }).toEqual({ flags: ["uninspectable"], added: 0, removed: 0 })
  },
)

test.each([
  ["nothing for an ordinary edit", diff("a\n", "b\n"), []],
  ["a hidden character that comes", diff("49\n", "4\u200b9\n"), ["hidden_characters"]],
  ["a hidden character that goes", diff("4\u200b9\n", "49\n"), ["hidden_characters"]],
  [
    "a hidden character far from the edit",
    diff(`\u202e\n${numbered(20)}`, `\u202e\n${numbered(21)}`),
    ["hidden_characters"],
  ],
  ["a hidden character in the path", diff("a\n", "b\n", "a\u3164b"), ["hidden_characters"]],
  ["only blanks", diff("a b\n", "a  b\n\n"), ["whitespace_only"]],
  ["only a final newline", diff("a", "a\n"), ["whitespace_only"]],
  ["only line ends", diff("a\nb\n", "a\r\nb\r\n"), ["line_endings_only"]],
  ["odd spaces as content", diff("a b\n", "a\u00a0b\n"), ["hidden_characters"]],
  ["1,000 changed lines as not yet large", diff(null, numbered(1_000)), []],
  ["1,001 changed lines as large", diff(null, numbered(1_001)), ["large_change"]],
  ["an executable bit that comes", withModes("100644", "100755"), ["executable_bit"]],
  ["an executable bit that goes", withModes("100755", "100644"), ["executable_bit"]],
  ["a new executable", withModes(null, "100755"), ["executable_bit"]],
  ["no executable bit on what is deleted", withModes("100755", null), []],
])("flags %s", (_, { flags }, expected) => {
  expect(flags).toEqual(expected)
})

test("counts every hidden character that a reviewer could meet", () => {
  expect(diff("gone \u200b\u200b\nkept \u00ad\n", "new \u202e\nkept \u00ad\n").hiddenCharacters).toBe(4)
})

function hunkHeaders({ text }: FileDiff): string[] {
  return text.split("\n").filter((line) => line.startsWith("@@"))
}
