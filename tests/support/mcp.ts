import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { DeltasealClient } from "@deltaseal/guard"
import { vi } from "vitest"
import { connectAgent, type Agent } from "@/examples/agent/agent"
import { watchRun, type Pending } from "@/examples/demo/watch"
import type { RunEvent } from "@/lib/runs/run.schema"

/** A workspace folder, a run, and the real MCP server over both. */
export type Site = Readonly<{
  runId: string
  folder: string
  /** What the MCP server is told. */
  environment: Record<string, string>
  /** Starts the MCP server and connects; again after it was killed. */
  connect: () => Promise<Agent>
  read: (file: string) => Promise<string | null>
  write: (file: string, text: string) => Promise<void>
  /** Which file it is: a file that was written again is another one. */
  inode: (file: string) => Promise<number>
  /** The next change that waits for a person. */
  nextPending: () => Promise<Pending>
  events: () => Promise<RunEvent[]>
  /** The events once one of this type is among them. */
  eventsWith: (eventType: string) => Promise<RunEvent[]>
  /** What the MCP servers said to people. */
  serverLog: () => string
  close: () => Promise<void>
}>

type Options = Readonly<{
  url: string
  apiKey: string
  files: Readonly<Record<string, string>>
  /** Where the MCP server looks for Deltaseal, when not at `url`. */
  via?: string
}>

const deadline = { timeout: 20_000, interval: 50 }

export async function openSite({ url, apiKey, files, via = url }: Options): Promise<Site> {
  const base = await mkdtemp(path.join(tmpdir(), "deltaseal-site-"))
  const folder = path.join(base, "site")
  const at = (file: string) => path.join(folder, file)
  const write = async (file: string, text: string) => {
    await mkdir(path.dirname(at(file)), { recursive: true })
    await writeFile(at(file), text)
  }
  await mkdir(folder)
  for (const [file, text] of Object.entries(files)) await write(file, text)

  const { runId } = await new DeltasealClient({ url, apiKey }).openRun(runRequest)
  const watch = watchRun({ url, apiKey, runId })
  const agents: Agent[] = []
  let log = ""
  const env = {
    DELTASEAL_URL: via,
    DELTASEAL_ISSUER: url,
    DELTASEAL_API_KEY: apiKey,
    DELTASEAL_RUN_ID: runId,
    DELTASEAL_WORKSPACE: folder,
    DELTASEAL_STATE_DIR: path.join(base, "guard"),
  }
  const events = async () => await readEvents({ url, apiKey, runId })

  return {
    runId,
    folder,
    environment: env,
    connect: async () => {
      const agent = await connectAgent({
        command: process.execPath,
        args: ["dist/examples/workspace-server.js"],
        env,
        onServerLog: (text) => (log += text),
      })
      agents.push(agent)
      return agent
    },
    read: async (file) => await readFile(at(file), "utf8").catch(() => null),
    write,
    inode: async (file) => (await stat(at(file))).ino,
    nextPending: async () =>
      await vi.waitFor(async () => {
        const pending = await watch.nextPending()
        if (pending === undefined) throw new Error("Nothing waits for a decision.")
        return pending
      }, deadline),
    events,
    eventsWith: async (eventType) =>
      await vi.waitFor(async () => {
        const found = await events()
        if (found.some((event) => event.eventType === eventType)) return found
        throw new Error(`No ${eventType} among: ${found.map((event) => event.eventType).join(", ")}`)
      }, deadline),
    serverLog: () => log,
    close: async () => {
      await Promise.all(agents.map(async (agent) => await agent.close()))
      await rm(base, { recursive: true, force: true })
    },
  }
}

/** A call that is looked at later: a test that fails before then ends it, and that is no second failure. */
export function underway<Value>(call: Promise<Value>): Promise<Value> {
  call.catch(() => undefined)
  return call
}

const runRequest = {
  environment: "prod",
  workflow: "website-care",
  step: "publish",
  actor: { agent: "website-agent", model: "scripted" },
} as const

async function readEvents(
  run: Readonly<{ url: string; apiKey: string; runId: string }>,
): Promise<RunEvent[]> {
  const answer = await fetch(`${run.url}/api/v1/runs/${run.runId}/events`, {
    headers: { authorization: `Bearer ${run.apiKey}` },
  })
  if (!answer.ok) throw new Error(await answer.text())
  return ((await answer.json()) as { items: RunEvent[] }).items
}
