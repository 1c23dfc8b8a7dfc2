import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { expect, test } from "vitest"

const files = execFileSync("git", [
  "ls-files",
  "--cached",
  "--others",
  "--exclude-standard",
  "*.ts",
  "*.tsx",
  "*.mjs",
])
  .toString()
  .split("\n")
  .filter((file) => file !== "")
  .flatMap((file) => read(file))

test("no file is longer than 300 lines", () => {
  const long = files.filter(({ text }) => text.split("\n").length > 301).map(({ file }) => file)

  expect(long).toEqual([])
})

test("every file is in kebab-case", () => {
  const odd = files
    .map(({ file }) => file.split("/").at(-1) ?? "")
    .filter((name) => !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name))

  expect(odd.filter((name) => !name.startsWith("["))).toEqual([])
})

test("no folder or file is named for nothing in particular", () => {
  const vague = /(^|\/)(utils?|helpers?|misc|common|types|manager|shared)(\.tsx?|\/)/

  expect(files.map(({ file }) => file).filter((file) => vague.test(file))).toEqual([])
})

test("disable comments give a reason", () => {
  const silent = files
    .filter(({ text }) => /(eslint-disable|@ts-(ignore|nocheck))[^\n]*/.test(text))
    .flatMap(({ file, text }) =>
      (text.match(/(?:eslint-disable|@ts-(?:ignore|nocheck))[^\n]*/g) ?? [])
        .filter((comment) => !comment.includes(" -- "))
        .map((comment) => `${file}: ${comment}`),
    )

  expect(silent.filter((line) => !line.startsWith("tests/architecture/"))).toEqual([])
})

/** A file that is listed and gone is being deleted. */
function read(file: string): { file: string; text: string }[] {
  try {
    return [{ file, text: readFileSync(file, "utf8") }]
  } catch {
    return []
  }
}
