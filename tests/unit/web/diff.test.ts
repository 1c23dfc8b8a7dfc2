import { expect, test } from "vitest"
import { cover, isCovered } from "@/components/diffs/coverage"
import { diffModel } from "@/components/diffs/diff-model"
import { linePieces } from "@/components/diffs/line-pieces"
import { parseUnified } from "@/components/diffs/parse-unified"
import { wordChanges } from "@/components/diffs/word-changes"
import { diffFile } from "@/lib/changes/file-diff"

const side = (text: string) => ({
  bytes: new TextEncoder().encode(text),
  digest: text,
  mode: "100644" as const,
})

function diffOf(before: string | null, after: string | null) {
  const { text } = diffFile({
    path: "docs/ü b.txt",
    before: before === null ? null : side(before),
    after: after === null ? null : side(after),
    workMax: 1e6,
  })
  return parseUnified(text)
}

const linesOf = (diff: ReturnType<typeof parseUnified>) => diff.hunks.flatMap((hunk) => hunk.lines)

test("keeps carriage returns and says where a final newline is missing", () => {
  const lines = linesOf(diffOf("a\r\nb", "a\nb\n"))

  expect(lines.map(({ kind, text, lacksNewline }) => [kind, text, lacksNewline])).toEqual([
    ["removed", "a\r", false],
    ["removed", "b", true],
    ["added", "a", false],
    ["added", "b", false],
  ])
})

test("takes no content for a header, a mark or another file", () => {
  const before = ["-- a/file", "\\ No newline at end of file", "@@ -1 +1 @@", "* star", "same", ""].join("\n")
  const after = ["++ b/file", "@@ -9 +9 @@", "diff --git a/x b/x", "same", ""].join("\n")
  const lines = linesOf(diffOf(before, after))

  expect(lines.filter(({ kind }) => kind !== "added").map(({ text }) => text)).toEqual(
    before.split("\n").slice(0, -1),
  )
  expect(lines.filter(({ kind }) => kind !== "removed").map(({ text }) => text)).toEqual(
    after.split("\n").slice(0, -1),
  )
})

test("gives back both sides of any diff it reads", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const [before, after] = [content(seed), content(seed * 7 + 3)]
    if (before === after) continue
    const hunks = diffOf(before, after).hunks
    const numbers = hunks
      .flatMap((hunk) => hunk.lines.map((line) => line.newNumber ?? 0))
      .filter((n) => n > 0)

    expect(rebuilt(hunks, before, after)).toBe(true)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  }
})

test("has something to see for an empty file, a mode and a binary", () => {
  const part = {
    kind: "file",
    path: "a",
    workspace: "main",
    op: "create",
    added: 0,
    removed: 0,
    flags: [],
    hiddenCharacters: 0,
  }
  const previews = [
    "diff --git a/a b/a\nnew file mode 100644\n",
    "diff --git a/a b/a\nold mode 100644\nnew mode 100755\n",
    "diff --git a/a b/a\nnew file mode 100644\nBinary files /dev/null and b/a differ\nbefore absent\nafter 3 bytes, sha256 x\n",
    "not a diff at all",
  ]
  const files = diffModel(previews.map((preview) => ({ ...part, preview })))

  expect(files.map((file) => file.hunks.length)).toEqual([1, 1, 1, 1])
  expect(files.map((file) => file.notes[0])).toEqual([
    "New file, empty",
    "Mode 100644 (not executable) → 100755 (executable)",
    expect.stringContaining("cannot be shown as text"),
    expect.stringContaining("could not be laid out"),
  ])
})

test("marks the words that changed, over boxes as over text", () => {
  const lines = linesOf(diffOf("Starter: 49 a month\n", "Starter: 4\u200b9 a month\n"))
  const marks = wordChanges(lines)
  const added = lines.find((line) => line.kind === "added")
  const pieces = linePieces(added?.text ?? "", added && marks.get(added))

  expect(
    pieces.some((piece) => "codePoint" in piece && piece.codePoint === "U+200B" && piece.isChanged),
  ).toBe(true)
  expect(pieces[0]).toEqual({ text: "Starter: 4", isChanged: false })
})

test("pieces add up to the line whatever is marked in it", () => {
  const line = "a\tb\u200bc 😀 e\u0301 x\r"
  const pieces = linePieces(line, [
    { start: 1, end: 3 },
    { start: 5, end: 9 },
  ])
  const text = pieces.map((piece) => {
    if ("text" in piece) return piece.text
    return "tab" in piece ? "\t" : String.fromCodePoint(Number.parseInt(piece.codePoint.slice(2), 16))
  })

  expect(text.join("")).toBe(line)
})

test("a tall hunk is seen when its parts were, in any order, and not before", () => {
  const top = cover([], { start: 0, end: 400 })
  const ends = cover(top, { start: 800, end: 1200 })
  expect(isCovered(ends, 1200)).toBe(false)
  expect(isCovered(cover(ends, { start: 390, end: 810 }), 1200)).toBe(true)
})

function content(seed: number): string {
  let state = seed * 2654435761
  const next = (max: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state % max
  }
  const words = [
    "a",
    "b\r",
    "--- a/file",
    "+++ b/file",
    "@@ -1 +1 @@",
    "\\ No newline",
    "",
    "ü",
    "* x",
    "diff --git a b",
  ]
  const lines = Array.from({ length: next(30) }, () => words[next(words.length)] ?? "")
  return lines.join("\n") + (next(2) === 0 ? "\n" : "")
}

/** Whether applying the hunks to `before` gives `after`. */
function rebuilt(hunks: ReturnType<typeof parseUnified>["hunks"], before: string, after: string): boolean {
  const old = before === "" ? [] : (before.match(/[^\n]*\n|[^\n]+$/g) ?? [])
  const out: string[] = []
  let at = 0
  for (const { lines } of hunks) {
    const first = lines.find((line) => line.oldNumber !== null)?.oldNumber
    while (first !== undefined && first !== null && at < first - 1) out.push(old[at++] ?? "")
    for (const line of lines) {
      if (line.kind !== "removed") out.push(line.text + (line.lacksNewline ? "" : "\n"))
      if (line.kind !== "added") at += 1
    }
  }
  return [...out, ...old.slice(at)].join("") === after
}
