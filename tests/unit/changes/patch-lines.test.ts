import { expect, test } from "vitest"
import { diffFile } from "@/lib/changes/file-diff"
import { readPatch, type Patch } from "@/lib/changes/patch-lines"
import { splitLines } from "@/lib/changes/unified-diff"
import { changedFiles, textSide } from "./changed-file"

const signs = { context: " ", removed: "-", added: "+" }

test("loses nothing of any patch we write", () => {
  const patches = changedFiles(500, 7).map((file) => diffFile({ ...file, workMax: 1e6 }).text)

  expect(patches.map((text) => written(readPatch(text)))).toEqual(patches)
})

test("numbers every line as it stands in its file", () => {
  for (const file of changedFiles(300, 8)) {
    const [before, after] = [file.before, file.after].map((side) => splitLines(textOf(side?.bytes)))
    for (const line of readPatch(diffFile({ ...file, workMax: 1e6 }).text).hunks.flatMap(
      (hunk) => hunk.lines,
    )) {
      const whole = line.hasNewline ? `${line.text}\n` : line.text
      if (line.beforeNumber !== null) expect(before?.[line.beforeNumber - 1]).toBe(whole)
      if (line.afterNumber !== null) expect(after?.[line.afterNumber - 1]).toBe(whole)
    }
  }
})

test("keeps the content that diff2html's parser drops", () => {
  const before = textSide("a\r\nsay \\ No newline at end of file\n")
  const after = textSide("a\nsay \n")

  const [hunk] = readPatch(diffFile({ path: "a", before, after, workMax: 100 }).text).hunks

  expect(hunk?.lines.map((line) => line.text)).toEqual([
    "a\r",
    "say \\ No newline at end of file",
    "a",
    "say ",
  ])
})

test("refuses what is no patch of ours", () => {
  expect(() => readPatch("@@ -1 +1 @@\n-a\nb\n")).toThrow(TypeError)
})

function written({ header, hunks }: Patch): string {
  const lines = hunks.flatMap((hunk) => [
    hunk.header,
    ...hunk.lines.flatMap((line) => [
      signs[line.kind] + line.text,
      ...(line.hasNewline ? [] : ["\\ No newline at end of file"]),
    ]),
  ])
  return [...header, ...lines].map((line) => `${line}\n`).join("")
}

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("utf8")
}
