import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { aKillDesk, killTool, type KillKind } from "./support/kill-desk.ts"
import { apiKey, approve, startSmallServer, type SmallServer } from "./support/small-server.ts"
import { aGuard, aWorkspace, type Workspace } from "./support/workspace.ts"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// Processes start slowly on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 })

let program: string
let recovering: string

beforeAll(async () => {
  program = await bundled("support/kill-child.ts")
  recovering = await bundled("support/recover-child.ts")
})

async function bundled(path: string): Promise<string> {
  const built = await build({
    entryPoints: [source(path)],
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
  return built.outputFiles[0]?.text ?? ""
}

type Moment = Readonly<{ killAt?: string; dying?: "before" | "after" }>

/** What has happened by then: whether it was spent, and how often it was carried out. */
const moments: readonly (readonly [string, Moment, Readonly<{ isSpent: boolean; done: number }>])[] = [
  ["before its journal is durable", { killAt: "1:before" }, { isSpent: false, done: 0 }],
  ["between its journal and the consume", { killAt: "1:after" }, { isSpent: false, done: 0 }],
  ["between the consume and the execution's mark", { killAt: "2:before" }, { isSpent: true, done: 0 }],
  ["between the consume and the apply", { killAt: "2:after" }, { isSpent: true, done: 0 }],
  ["as it applies, before it did", { dying: "before" }, { isSpent: true, done: 0 }],
  ["as it applies, after it did", { dying: "after" }, { isSpent: true, done: 1 }],
  ["between the apply and the outcome's mark", { killAt: "3:before" }, { isSpent: true, done: 1 }],
  ["between the outcome's mark and the report", { killAt: "3:after" }, { isSpent: true, done: 1 }],
  ["after the report", { killAt: "4:before" }, { isSpent: true, done: 1 }],
]
/** What can be looked at, and what happens once: these at every moment, the others between the steps that matter most. */
const always: readonly KillKind[] = ["record", "message"]
const others: readonly KillKind[] = ["file", "config", "command", "call"]
const between = ["2:after", "3:before"]

describe.each(moments)("a guard killed %s", (_, moment, then) => {
  test("applies nothing twice, whatever it was, and leaves nothing to do", async () => {
    const kinds = between.includes(moment.killAt ?? "") ? [...always, ...others] : always
    // Each with a server, a folder and a process of its own; two at a time, for two cores.
    for (let at = 0; at < kinds.length; at += 2) {
      await Promise.all(kinds.slice(at, at + 2).map((kind) => killedAndResumed(kind, moment, then)))
    }
  })
})

describe("what a killed guard left", () => {
  let server: SmallServer
  let workspace: Workspace
  let children: ChildProcess[]

  beforeEach(async () => {
    server = await startSmallServer()
    server.state.definition = killTool
    server.state.onPoll = approve
    workspace = await aWorkspace()
    children = []
    await writeFile(join(workspace.root, "recovering.mjs"), recovering)
    await kill({ server, workspace, kind: "record", moment: { killAt: "2:after" } })
  })
  afterEach(async () => {
    for (const child of children) child.kill("SIGKILL")
    await server.stop()
    await workspace.remove()
  })

  /** The next process over the same journal, which is killed in its turn where it says when. */
  function recover(killAt = ""): Promise<unknown> {
    const { root } = workspace
    const settings = JSON.stringify({ url: server.url, apiKey, root, kind: "record" })
    const child = spawn(
      process.execPath,
      ["--import", source("support/kill-point.mjs"), join(root, "recovering.mjs"), settings],
      { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, KILL_AT: killAt } },
    )
    children.push(child)
    return once(child, "exit")
  }
  const go = () => writeFile(join(workspace.root, "go"), "")

  async function expectAppliedOnce(): Promise<void> {
    expect(await readFile(join(workspace.root, "log"), "utf8")).toBe("record\n")
    expect(server.outcomes().map(({ status }) => status)).toEqual(["applied"])
    expect(await readdir(workspace.stateDirectory)).toEqual([])
  }

  test("is applied by one of several processes that find it at once", async () => {
    // Each has read the journal when it asks for its run, and is kept until all of them have.
    let arrived = 0
    let open: () => void = () => undefined
    const all = new Promise<void>((done) => (open = done))
    server.state.before = async ({ path }) => {
      if (path !== "/api/v1/runs") return
      if ((arrived += 1) === 3) open()
      await all
    }
    let rest = 3
    const ended = [1, 2, 3].map(async () => {
      await recover()
      rest -= 1
    })
    const applying = async () =>
      (await readdir(workspace.root)).filter((name) => name.startsWith("applying-")).length
    await expect.poll(async () => (await applying()) === rest, { timeout: 30_000 }).toBe(true)
    expect(await applying()).toBe(1)

    await go()
    await Promise.all(ended)
    await expectAppliedOnce()
  })

  test("is applied once too where those who take it over are killed, before and after it is theirs", async () => {
    await go()
    for (const killAt of ["1:before", "1:after", "1:before", ""]) await recover(killAt)

    await expectAppliedOnce()
  })
})

async function killedAndResumed(
  kind: KillKind,
  moment: Moment,
  then: Readonly<{ isSpent: boolean; done: number }>,
): Promise<void> {
  const server = await startSmallServer()
  server.state.definition = killTool
  server.state.onPoll = approve
  const workspace = await aWorkspace()
  try {
    await kill({ server, workspace, kind, moment })
    const log = async () => await readFile(join(workspace.root, "log"), "utf8").catch(() => "")
    expect([kind, server.approval().spent !== null]).toEqual([kind, then.isSpent])
    expect(await log()).toBe(`${kind}\n`.repeat(then.done))

    for (let again = 0; again < 2; again++) await resume({ server, workspace, kind })
    const { done, outcomes } = endOf(kind, moment, then)
    expect(await log()).toBe(`${kind}\n`.repeat(done))
    expect([kind, ...server.outcomes().map(({ status }) => status)]).toEqual([kind, ...outcomes])
    const left = (await readdir(workspace.stateDirectory).catch(() => [])).filter((name) =>
      name.endsWith(".json"),
    )
    expect(left).toEqual([])
  } finally {
    await server.stop()
    await workspace.remove()
  }
}

/** How often it is carried out in all, and what the server hears of it. */
function endOf(
  kind: KillKind,
  { killAt }: Moment,
  { isSpent, done }: Readonly<{ isSpent: boolean; done: number }>,
): Readonly<{ done: number; outcomes: readonly string[] }> {
  // Nothing was spent, and without a journal nobody goes on with it.
  if (killAt === "1:before") return { done: 0, outcomes: [] }

  const isOnce = kind === "message" || kind === "command" || kind === "call"
  const isReported = killAt === "3:after" || killAt === "4:before"
  if (isOnce && isSpent && !isReported) return { done, outcomes: [] }
  return { done: 1, outcomes: ["applied"] }
}

type Killing = Readonly<{ server: SmallServer; workspace: Workspace; kind: KillKind }>

async function kill({ server, workspace, kind, moment }: Killing & { moment: Moment }): Promise<void> {
  const script = join(workspace.root, "child.mjs")
  await writeFile(script, program)
  const settings = { url: server.url, apiKey, root: workspace.root, kind, dying: moment.dying }
  const child = spawn(
    process.execPath,
    ["--import", source("support/kill-point.mjs"), script, JSON.stringify(settings)],
    { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, KILL_AT: moment.killAt ?? "" } },
  )
  const [, signal] = (await once(child, "exit")) as [number | null, string | null]
  expect([kind, signal]).toEqual([kind, "SIGKILL"])
}

/** The next process over the same journal. */
async function resume({ server, workspace, kind }: Killing): Promise<void> {
  const guard = aGuard(server, workspace)
  guard.guard<object, KillKind>(killTool, aKillDesk(workspace.root, kind))
  await guard.recover()
  await guard.close()
}
