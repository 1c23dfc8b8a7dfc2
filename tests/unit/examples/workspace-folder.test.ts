import { execFileSync } from "node:child_process"
import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { openWorkspace, type WorkspaceFolder } from "@/examples/workspace-server/workspace-folder"

let base: string
let inside: string
let folder: WorkspaceFolder

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "deltaseal-folder-"))
  inside = join(base, "site")
  await mkdir(join(inside, "docs"), { recursive: true })
  await writeFile(join(base, "secret.txt"), "outside")
  await writeFile(join(inside, "docs/a.txt"), "alpha\n")
  folder = await openWorkspace(inside)
})

afterEach(async () => {
  await folder.close()
  await rm(base, { recursive: true, force: true })
})

test("reads a file with its mode, and nothing where nothing is", async () => {
  await writeFile(join(inside, "run.sh"), "#!/bin/sh\n", { mode: 0o755 })

  expect(await folder.read("docs/a.txt")).toEqual({ text: "alpha\n", mode: "100644" })
  expect(await folder.read("run.sh")).toEqual({ text: "#!/bin/sh\n", mode: "100755" })
  expect(await folder.read("docs/b.txt")).toBeNull()
  expect(await folder.read("none/at/all.txt")).toBeNull()
})

test.each([
  "../secret.txt",
  "/etc/passwd",
  "docs/../../secret.txt",
  "docs//a.txt",
  "./docs/a.txt",
  "docs\\a.txt",
])("refuses the path %s rather than clean it", async (path) => {
  await expect(folder.read(path)).rejects.toMatchObject({ code: "invalid_path" })
  const change = { before: null, after: { text: "x" } }
  await expect(folder.write(path, change)).rejects.toMatchObject({ code: "invalid_path" })
})

test("follows no link: not as the file, not on the way, not as a second name", async () => {
  await symlink(join(base, "secret.txt"), join(inside, "link.txt"))
  await symlink(base, join(inside, "up"))
  await writeFile(join(base, "twin.txt"), "outside")
  await link(join(base, "twin.txt"), join(inside, "twin.txt"))

  for (const path of ["link.txt", "up/secret.txt", "twin.txt"]) {
    await expect(folder.read(path)).rejects.toThrow(/link|plain file/)
    const change = { before: { text: "outside" }, after: { text: "taken" } }
    await expect(folder.write(path, change)).rejects.toThrow(/link|plain file/)
  }
  expect(await readFile(join(base, "secret.txt"), "utf8")).toBe("outside")
})

test("does not wait for a pipe that someone put in the place of a file", async () => {
  execFileSync("mkfifo", [join(inside, "pipe")])

  await expect(folder.read("pipe")).rejects.toThrow("not a plain file")
})

test("writes whole files, makes the folders they need, and keeps nothing else", async () => {
  await folder.write("faq/costs.md", { before: null, after: { text: "# Costs\n" } })
  await folder.write("docs/a.txt", { before: { text: "alpha\n" }, after: { text: "beta\n", mode: "100755" } })

  expect(await readFile(join(inside, "faq/costs.md"), "utf8")).toBe("# Costs\n")
  expect(await readFile(join(inside, "docs/a.txt"), "utf8")).toBe("beta\n")
  expect((await stat(join(inside, "docs/a.txt"))).mode & 0o777).toBe(0o755)
  expect(await readdir(join(inside, "docs"))).toEqual(["a.txt"])
})

test.each([
  ["is different", "docs/a.txt", { text: "older\n" }],
  ["is gone", "docs/b.txt", { text: "alpha\n" }],
  ["was not there before", "docs/a.txt", null],
  ["has another mode", "docs/a.txt", { text: "alpha\n", mode: "100755" }],
] as const)("leaves a file alone that %s", async (_, path, before) => {
  await expect(folder.write(path, { before, after: { text: "new\n" } })).rejects.toThrow("left as it is")

  expect(await readFile(join(inside, "docs/a.txt"), "utf8")).toBe("alpha\n")
  expect(await readdir(join(inside, "docs"))).toEqual(["a.txt"])
})

test("no read gets out while a folder of its path is exchanged for a link, again and again", async () => {
  await mkdir(join(base, "elsewhere"))
  await writeFile(join(base, "elsewhere/a.txt"), "outside")
  const reads = new AbortController()
  const exchange = (async () => {
    while (!reads.signal.aborted) {
      await rename(join(inside, "docs"), join(base, "held"))
      await symlink(join(base, "elsewhere"), join(inside, "docs"))
      await rm(join(inside, "docs"))
      await rename(join(base, "held"), join(inside, "docs"))
    }
  })()

  const seen = new Set<string>()
  for (let round = 0; round < 2000; round++) {
    const found = await folder.read("docs/a.txt").catch(() => null)
    if (found !== null && "text" in found) seen.add(found.text)
  }
  reads.abort()
  await exchange

  expect([...seen]).toEqual(["alpha\n"])
})

test("lists what can be read, and says what cannot", async () => {
  await symlink(base, join(inside, "up"))
  await writeFile(join(inside, "odd\u202ename.txt"), "")
  await writeFile(join(inside, "b.txt"), "")

  expect(await folder.list()).toEqual({ paths: ["b.txt", "docs/a.txt"], unreachable: 2, isCut: false })
  expect((await folder.list("docs")).paths).toEqual(["docs/a.txt"])
  await expect(folder.list("nowhere")).rejects.toThrow("no folder nowhere")
})

test("holds no folder open after it answered, also when it refused", async () => {
  const held = async () => (await readdir("/proc/self/fd")).length
  const before = await held()
  for (let round = 0; round < 50; round++) {
    await folder.read("docs/a.txt")
    await folder.read("docs/a.txt/none").catch(() => null)
    await folder.write("docs/a.txt", { before: null, after: { text: "x" } }).catch(() => null)
    await folder.list()
  }

  expect(await held()).toBeLessThanOrEqual(before + 2)
})
