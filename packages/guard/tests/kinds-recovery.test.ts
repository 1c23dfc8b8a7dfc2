import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest"
import { aDesk, deskTool, parts, type DeskKind } from "./support/desk.ts"
import { apiKey, approve, startSmallServer, type SmallServer } from "./support/small-server.ts"
import { aGuard, aWorkspace, before, type Workspace } from "./support/workspace.ts"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// Processes start slowly on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let program: string
let server: SmallServer
let workspace: Workspace
let child: ChildProcess | undefined

beforeAll(async () => {
  const built = await build({
    entryPoints: [source("support/desk-child.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    tsconfig: source("../../../tsconfig.json"),
  })
  program = built.outputFiles[0]?.text ?? ""
})
beforeEach(async () => {
  server = await startSmallServer()
  server.state.definition = deskTool
  server.state.onPoll = approve
  workspace = await aWorkspace()
})
afterEach(async () => {
  child?.kill("SIGKILL")
  await server.stop()
  await workspace.remove()
})

const onceKinds = ["message", "command", "call"] as const
const moments = ["before", "after"] as const

test.each(onceKinds.flatMap((kind) => moments.map((moment) => [kind, moment] as const)))(
  "a %s that was spent by a killed process, %s it happened, is unknown and never done again",
  async (kind, moment) => {
    const did = await killWhile(kind, moment)
    const outbox: string[] = []

    expect(await restart(outbox)).toEqual([expect.objectContaining({ status: "unknown" })])
    expect(outbox).toEqual([])
    expect(did).toHaveLength(moment === "before" ? 0 : 1)
    expect(server.outcomes()).toEqual([])
    expect(await readdir(workspace.stateDirectory)).toEqual([])
    expect(await restart(outbox)).toEqual([])
  },
)

test.each(onceKinds)("a %s whose server has given up on it is not done again either", async (kind) => {
  await killWhile(kind, "before")
  const { spent } = server.approval()
  if (spent !== null) spent.body = "given up"
  const outbox: string[] = []

  expect(await restart(outbox)).toEqual([expect.objectContaining({ status: "unknown" })])
  expect(outbox).toEqual([])
})

test.each(onceKinds)("a %s of which the server forgot that it was spent is not done again", async (kind) => {
  await killWhile(kind, "after")
  const approval = server.approval()
  approval.spent = null
  approval.status = "approved"
  const outbox: string[] = []

  expect(await restart(outbox)).toEqual([expect.objectContaining({ status: "unknown" })])
  expect(outbox).toEqual([])
})

test.each(["json", "move"] as const)(
  "a %s that a killed process had not made yet is made once",
  async (kind) => {
    await killWhile(kind, "before")
    expect(await restart([])).toEqual([expect.objectContaining({ status: "applied" })])
    await expectMade(kind)
  },
)

test.each(["json", "move"] as const)("a %s that a killed process had made is reported", async (kind) => {
  await killWhile(kind, "after")
  expect(await restart([])).toEqual([expect.objectContaining({ status: "applied" })])
  await expectMade(kind)
})

test("a move whose source came back after a kill is left alone and reported as failed", async () => {
  await killWhile("move", "after")
  await workspace.write("somebody else\n")
  expect(await restart([])).toEqual([expect.objectContaining({ status: "failed" })])
  expect(await workspace.read()).toBe("somebody else\n")
  expect(await workspace.read("b.txt")).toBe(before)
})

async function expectMade(kind: "json" | "move"): Promise<void> {
  const [path, text] = kind === "json" ? ["app.json", parts.json.after.text] : ["b.txt", before]
  expect(await workspace.read(path)).toBe(text)
  expect(server.outcomes()).toEqual([expect.objectContaining({ status: "applied" })])
  expect(await readdir(workspace.stateDirectory)).toEqual([])
}

async function restart(outbox: string[]) {
  const desk = aDesk(workspace.root, outbox)
  const guard = aGuard(server, workspace)
  guard.guard<object, DeskKind>(deskTool, {
    observe: desk.observe,
    plan: () => ({ parts: [] }),
    apply: async (change) => {
      for (const part of change.parts) await desk.applyOne(part)
    },
  })
  return await guard.recover()
}

/** What the killed process had done. */
async function killWhile(part: keyof typeof parts, hang: "before" | "after"): Promise<string[]> {
  const script = join(workspace.root, "child.mjs")
  await writeFile(script, program)
  const settings = { url: server.url, apiKey, root: workspace.root, part, hang }
  child = spawn(process.execPath, [script, JSON.stringify(settings)], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const [line] = (await once(child.stdout ?? child, "data")) as [Buffer]
  expect(line.toString()).toBe("hanging\n")
  child.kill("SIGKILL")
  await once(child, "exit")
  const log = await readFile(join(workspace.root, "log"), "utf8").catch(() => "")
  return log.split("\n").filter((entry) => entry !== "")
}
