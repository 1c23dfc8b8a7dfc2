import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, realpath, rm } from "node:fs/promises"
import { Agent } from "node:http"
import { tmpdir } from "node:os"
import path from "node:path"
import { startEmbeddedPostgres, type EmbeddedPostgres } from "@/lib/db/embedded/embedded-postgres"
import { migrate } from "@/lib/db/migrate"
import { send } from "./load"

export type Child = Readonly<{ child: ChildProcess; origin: string; apiKey?: string }>

/** The REST app in a process of its own, over a database of its own, with a run open. */
export type MeasuredApi = Readonly<{
  origin: string
  headers: Record<string, string>
  /** A run holds so many open approvals and no more: whoever makes many needs several. */
  openRun: () => Promise<string>
  postgres: EmbeddedPostgres
  /** Where the secrets are. */
  dataDir: string
}>

/** Starts all that is to be measured, and ends it afterwards. */
export async function measuredApi(measure: (api: MeasuredApi) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "deltaseal-bench-"))
  const passwords = { superuser: "bench", owner: "bench", app: "bench" }
  const postgres = await startEmbeddedPostgres({ dataDir, passwords })
  try {
    await migrate(postgres.ownerUrl, path.resolve("prisma/migrations"))
    const api = await startChild("dist/bench/api-server.js", [postgres.appUrl, dataDir])
    const headers = { authorization: `Bearer ${api.apiKey ?? ""}`, "content-type": "application/json" }
    try {
      const { origin } = api
      await measure({ origin, headers, openRun: () => openRun(origin, headers), postgres, dataDir })
    } finally {
      await stopChild(api.child)
    }
  } finally {
    await postgres.stop()
    await rm(await realpath(path.join(dataDir, "postgres")), { recursive: true, force: true })
    await rm(dataDir, { recursive: true, force: true })
  }
}

export async function startChild(file: string, args: string[]): Promise<Child> {
  const child = fork(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const [ready] = (await Promise.race([once(child, "message"), failed(child, file)])) as [
    Omit<Child, "child">,
  ]

  return { child, ...ready }
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill("SIGTERM")
  await once(child, "exit")
}

async function failed(child: ChildProcess, file: string): Promise<never> {
  await once(child, "exit")
  throw new Error(`${file} did not start.`)
}

async function openRun(origin: string, headers: Record<string, string>): Promise<string> {
  const { hostname, port } = new URL(origin)
  const body = JSON.stringify({ environment: "prod", workflow: "bench", actor: { agent: "bench" } })
  const target = { agent: new Agent(), hostname, port }
  const { text } = await send(target, { method: "POST", path: "/api/v1/runs", headers, body })

  return (JSON.parse(text) as { runId: string }).runId
}
