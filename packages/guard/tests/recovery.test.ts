import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { readFile, readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { apiKey, approve, startSmallServer, writeFileTool, type SmallServer } from "./support/small-server.ts"
import { after, aGuard, aWorkspace, before, type Workspace } from "./support/workspace.ts"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// Processes start slowly on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let program: string
let server: SmallServer
let workspace: Workspace
let child: ChildProcess | undefined

beforeAll(async () => {
  // A real process to kill, from the same sources that the tests use.
  const built = await build({
    entryPoints: [source("support/child.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    // What reads YAML asks for its modules as CommonJS does.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)',
    },
    tsconfig: source("../../../tsconfig.json"),
  })
  program = built.outputFiles[0]?.text ?? ""
})
beforeEach(async () => {
  server = await startSmallServer()
  server.state.onPoll = approve
  workspace = await aWorkspace()
})
afterEach(async () => {
  child?.kill("SIGKILL")
  await server.stop()
  await workspace.remove()
})

describe("a process killed", () => {
  test("before its consume arrived: the change is applied once by the next one", async () => {
    await killAt("/consume", "drop")
    expect(await restart()).toEqual([expect.objectContaining({ status: "applied" })])
    await expectAppliedOnce(0)
  })

  test("after its consume arrived, without having heard the answer: the same", async () => {
    await killAt("/consume", "drop_after")
    await expect.poll(() => server.approval().status).toBe("consumed")
    expect(await restart()).toEqual([expect.objectContaining({ status: "applied" })])
    await expectAppliedOnce(0)
  })

  test("while applying, before it wrote: the change is applied by the next one", async () => {
    await killWhile("before_write")
    expect(await workspace.read()).toBe(before)
    expect(await restart()).toEqual([expect.objectContaining({ status: "applied" })])
    await expectAppliedOnce(1)
  })

  test("while applying, after it wrote: the change is reported and not made again", async () => {
    await killWhile("after_write")
    let applications = 0
    expect(await restart(() => applications++)).toEqual([expect.objectContaining({ status: "applied" })])
    expect(applications).toBe(0)
    await expectAppliedOnce(1)
  })

  test("before its report arrived: it is reported and nothing else", async () => {
    await killAt("/outcome", "drop")
    const consumes = server.requestsTo("/consume").length
    let applications = 0
    expect(await restart(() => applications++)).toEqual([expect.objectContaining({ status: "applied" })])
    expect(applications).toBe(0)
    expect(server.requestsTo("/consume")).toHaveLength(consumes)
    await expectAppliedOnce(1)
  })

  test("while applying, and the file changed since: it is left alone and reported as failed", async () => {
    await killWhile("before_write")
    await workspace.write("somebody else\n")
    expect(await restart()).toEqual([expect.objectContaining({ status: "failed" })])
    expect(await workspace.read()).toBe("somebody else\n")
    expect(server.outcomes()).toEqual([expect.objectContaining({ status: "failed", receipts: [] })])
  })

  test("with an approval that was never spent and has expired: nothing happens", async () => {
    await killAt("/consume", "drop")
    server.approval().status = "expired"
    expect(await restart()).toEqual([expect.objectContaining({ status: "not_spent" })])
    expect(await workspace.read()).toBe(before)
    expect(await readdir(workspace.stateDirectory)).toEqual([])
  })

  test("with an execution the server has given up on: what is there is reported", async () => {
    await killWhile("after_write")
    const { spent } = server.approval()
    if (spent !== null) spent.body = "given up"
    expect(await restart()).toEqual([expect.objectContaining({ status: "applied" })])
    await expectAppliedOnce(1)
  })
})

describe("a process killed in a call that needed no approval", () => {
  beforeEach(() => {
    server.state.decision = "allow"
    server.state.tier = "T1_REVERSIBLE_WRITE"
  })

  test.each([
    ["before it wrote: nobody waits for it, so it is reported as failed", "before_write", before, "failed"],
    ["after it wrote: it is reported", "after_write", after, "applied"],
  ] as const)("%s", async (_, when, content, status) => {
    await killWhile(when)
    expect(await restart()).toEqual([expect.objectContaining({ approvalId: null, status })])
    expect(await workspace.read()).toBe(content)
    expect(server.outcomes()).toEqual([expect.objectContaining({ status })])
    expect(await readdir(workspace.stateDirectory)).toEqual([])
  })
})

test("what could not be settled is settled by the next call, in the same process", async () => {
  const tool = aGuard(server, workspace, { attemptsMax: 1 }).guard(writeFileTool, workspace.handlers)
  server.state.intercept = ({ path }) => (path.endsWith("/consume") ? "drop_after" : undefined)
  const first = await tool({ path: "a.txt", content: after })
  expect(first.content[0]?.text).toContain("It is not settled whether the change was made")

  server.state.intercept = () => undefined
  const second = await tool({ path: "b.txt", content: "b" })
  expect(second.isError).toBeUndefined()
  expect(await workspace.read()).toBe(after)
  expect(server.outcomes()).toHaveLength(2)
})

test("a process that is still at work keeps what it is working on", async () => {
  const running = await start("before_write")
  expect(await restart()).toEqual([])
  running.kill("SIGKILL")
  await once(running, "exit")
  expect(await restart()).toEqual([expect.objectContaining({ status: "applied" })])
})

test("a journal that was edited applies nothing", async () => {
  await killWhile("before_write")
  const [name = ""] = await readdir(workspace.stateDirectory)
  const file = join(workspace.stateDirectory, name)
  await writeFile(file, (await readFile(file, "utf8")).replace("gamma", "gammb"))

  expect(await restart()).toEqual([expect.objectContaining({ status: "left" })])
  expect(await workspace.read()).toBe(before)
})

test("a journal that an earlier version left, without dry runs and bound states, is finished", async () => {
  await killWhile("before_write")
  const [name = ""] = await readdir(workspace.stateDirectory)
  const file = join(workspace.stateDirectory, name)
  const entry = JSON.parse(await readFile(file, "utf8")) as { proposal: Record<string, unknown> }
  delete entry.proposal.dryRun
  delete entry.proposal.bound
  await writeFile(file, JSON.stringify(entry))

  expect(await restart()).toEqual([expect.objectContaining({ status: "applied" })])
  await expectAppliedOnce(1)
})

test("a draft of a killed process is cleared away, that of a running one is not", async () => {
  await killWhile("before_write")
  const drafts = [`a.json.${child?.pid ?? 0}.draft`, `b.json.${process.pid}.draft`]
  for (const draft of drafts) await writeFile(join(workspace.stateDirectory, draft), "{}")
  await restart()
  expect(await readdir(workspace.stateDirectory)).toEqual([drafts[1]])
})

test("another server's guard leaves the journal alone", async () => {
  await killWhile("before_write")
  const guard = aGuard(server, workspace, { server: { name: "other" } })
  guard.guard(writeFileTool, workspace.handlers)
  expect(await guard.recover()).toEqual([])
  expect(await workspace.read()).toBe(before)
})

test("another tenant's guard leaves the journal alone", async () => {
  await killWhile("before_write")
  const itsOwn = { runId: "run_2", tenantId: "ten_2", status: "open", allowedTools: [] }
  server.state.intercept = ({ path }) => (path === "/api/v1/runs" ? { status: 201, body: itsOwn } : undefined)
  const guard = aGuard(server, workspace)
  guard.guard(writeFileTool, workspace.handlers)
  expect(await guard.recover()).toEqual([])
  expect(await readdir(workspace.stateDirectory)).toHaveLength(1)
  expect(await restart()).toEqual([expect.objectContaining({ status: "applied" })])
})

async function restart(onApply: () => void = () => undefined) {
  server.state.intercept = () => undefined
  const guard = aGuard(server, workspace)
  guard.guard(writeFileTool, {
    ...workspace.handlers,
    apply: async (change) => {
      onApply()
      await workspace.handlers.apply(change)
    },
  })
  return await guard.recover()
}

async function expectAppliedOnce(appliedBefore: number): Promise<void> {
  expect(await workspace.read()).toBe(after)
  expect(server.outcomes()).toEqual([expect.objectContaining({ status: "applied" })])
  expect(await readdir(workspace.stateDirectory)).toEqual([])
  const log = await readFile(join(workspace.root, "log"), "utf8").catch(() => "")
  expect(log).toBe("applying\n".repeat(appliedBefore))
}

/** Kills the process at the moment a request arrives, before or after the server acts on it. */
async function killAt(path: string, how: "drop" | "drop_after"): Promise<void> {
  let exited: Promise<unknown> | undefined
  server.state.intercept = (request) => {
    if (!request.path.endsWith(path) || child === undefined) return undefined
    exited ??= once(child, "exit")
    child.kill("SIGKILL")
    return how
  }
  child = await spawnChild("nowhere")
  await expect.poll(() => exited, { timeout: 10_000 }).toBeDefined()
  await exited
}

async function killWhile(hangIn: "before_write" | "after_write"): Promise<void> {
  const running = await start(hangIn)
  running.kill("SIGKILL")
  await once(running, "exit")
}

async function start(hangIn: string): Promise<ChildProcess> {
  child = await spawnChild(hangIn)
  const [line] = (await once(child.stdout ?? child, "data")) as [Buffer]
  expect(line.toString()).toBe("hanging\n")
  return child
}

async function spawnChild(hangIn: string): Promise<ChildProcess> {
  const script = join(workspace.root, "child.mjs")
  await writeFile(script, program)
  const settings = {
    url: server.url,
    apiKey,
    stateDirectory: workspace.stateDirectory,
    file: join(workspace.root, "a.txt"),
    log: join(workspace.root, "log"),
    hangIn,
    content: after,
  }
  return spawn(process.execPath, [script, JSON.stringify(settings)], { stdio: ["ignore", "pipe", "inherit"] })
}
