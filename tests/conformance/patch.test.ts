import { spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { diffFile, type FileDiffTask } from "@/lib/changes/file-diff"
import { changedFiles, type ChangedFile } from "../unit/changes/changed-file"

const folders: string[] = []
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })))

const tools = [
  [
    "GNU patch -p1",
    "patch",
    ["-p1", "--batch", "--no-backup-if-mismatch", "--fuzz=0", "--input=../all.patch"],
  ],
  ["git apply", "git", ["-c", "apply.whitespace=nowarn", "apply", "../all.patch"]],
] as const

const limits = [
  ["the diff", { workMax: 1_000_000 }],
  ["the whole replacement", { workMax: 1_000_000, isWhole: true }],
] as const

const cases = tools.flatMap(([name, ...tool]) =>
  limits.map(([what, limit]) => [name, what, tool, limit] as const),
)

test.each(cases)("%s reproduces after from before byte for byte, from %s", (_, __, tool, limit) => {
  const files = changedFiles(500, 20_261)

  expect(wrongAfter(files, limit, tool)).toEqual([])
})

test.each(tools)("%s moves a file as its diff says, its mode too", (_, command, args) => {
  const side = (mode: "100644" | "100755") => ({ bytes: Buffer.from("x\ny\n"), digest: "x", mode })
  const names = [
    ["a.md", "docs/b.md"],
    ["with space.md", 'ü/q"uote.md'],
  ] as const
  const folder = mkdtempSync(join(tmpdir(), "deltaseal-patch-"))
  folders.push(folder)
  const tree = join(folder, "tree")
  mkdirSync(join(tree, "docs"), { recursive: true })
  for (const [from] of names) writeFileSync(join(tree, from), "x\ny\n")
  const patches = names.map(([from, path]) =>
    diffFile({ path, from, before: side("100644"), after: side("100755"), workMax: 1e6 }),
  )
  writeFileSync(join(folder, "all.patch"), patches.map(({ text }) => text).join(""))

  const run = spawnSync(command, [...args], { cwd: tree, encoding: "utf8" })

  expect(run.status, run.stdout + run.stderr).toBe(0)
  for (const [from, path] of names) {
    expect(existsSync(join(tree, from))).toBe(false)
    expect(readFileSync(join(tree, path), "utf8")).toBe("x\ny\n")
    expect(statSync(join(tree, path)).mode & 0o100).not.toBe(0)
  }
})

/** Applies one patch of all files and names what is not as it should be. */
function wrongAfter(
  files: readonly ChangedFile[],
  limit: Pick<FileDiffTask, "workMax" | "isWhole">,
  [command, args]: readonly [string, readonly string[]],
): unknown[] {
  const folder = mkdtempSync(join(tmpdir(), "deltaseal-patch-"))
  folders.push(folder)
  const tree = join(folder, "tree")
  mkdirSync(tree)
  for (const { path, before } of files) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    if (before) writeFileSync(join(tree, path), before.bytes)
    if (before) chmodSync(join(tree, path), before.mode === "100755" ? 0o755 : 0o644)
  }
  writeFileSync(join(folder, "all.patch"), files.map((file) => diffFile({ ...file, ...limit }).text).join(""))

  const run = spawnSync(command, [...args], {
    cwd: tree,
    encoding: "utf8",
  })
  if (run.status !== 0) return [run.stdout, run.stderr]
  return files
    .filter((file) => !isAsAfter(join(tree, file.path), file))
    .map((file) => diffFile({ ...file, ...limit }).text)
}

function isAsAfter(path: string, { after }: ChangedFile): boolean {
  if (after === null || !existsSync(path)) return after === null && !existsSync(path)

  const isExecutable = (statSync(path).mode & 0o100) !== 0
  return readFileSync(path).equals(after.bytes) && isExecutable === (after.mode === "100755")
}
