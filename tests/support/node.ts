import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { tmpdir } from "node:os"
import path from "node:path"
import type { ExternalDatabase } from "./external-database"
import { ownEnvironment } from "./server"

/** One process of the built server, over a database that is not its own. */
export type ServerNode = Readonly<{
  url: string
  pid: number
  said: () => string
  /** What it said on standard error. */
  errors: () => string
  stop: () => Promise<number | null>
  /** As power cuts do it. */
  kill: () => Promise<void>
}>

export type Ended = Readonly<{ code: number | null; stdout: string; stderr: string }>

/** RFC 8037's key, known to the world, and secrets to match: every node of a test has the same. */
export const testSecrets = {
  DELTASEAL_PERMIT_KEY: JSON.stringify({
    kty: "OKP",
    crv: "Ed25519",
    d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  }),
  DELTASEAL_KEY_PEPPER: Buffer.alloc(32, 1).toString("base64"),
  DELTASEAL_ENCRYPTION_KEY: Buffer.alloc(32, 2).toString("base64"),
  DELTASEAL_SESSION_SECRET: "a session secret that only tests have",
} as const

/** What the nodes of a database remember of it, apart from others: of copies of one they would think that it was restored. */
export function nodeDataDir({ appUrl }: Pick<ExternalDatabase, "appUrl">): string {
  return path.join(tmpdir(), "deltaseal-nodes", new URL(appUrl).pathname.slice(1))
}

export function settingsFor({ appUrl, ownerUrl }: Pick<ExternalDatabase, "appUrl" | "ownerUrl">) {
  return {
    PORT: "0",
    DATABASE_URL: appUrl,
    DATABASE_OWNER_URL: ownerUrl,
    DELTASEAL_DATA_DIR: nodeDataDir({ appUrl }),
    ...testSecrets,
  }
}

export async function startNode(settings: Record<string, string>): Promise<ServerNode> {
  const child = launch(settings)
  const heard = { stdout: "", stderr: "" }
  listenTo(child, heard)
  const url = await ready(child, heard)

  return {
    url,
    pid: child.pid ?? 0,
    said: () => heard.stdout + heard.stderr,
    errors: () => heard.stderr,
    stop: async () => await end(child, "SIGTERM"),
    kill: async () => {
      await end(child, "SIGKILL")
    },
  }
}

/** Starts a server that is expected not to start, and waits for its end. */
export async function failToStart(settings: Record<string, string>): Promise<Ended> {
  const child = launch(settings)
  const heard = { stdout: "", stderr: "" }
  listenTo(child, heard)
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000)
  const [code] = (await once(child, "close")) as [number | null]
  clearTimeout(timer)

  return { code, ...heard }
}

function launch(settings: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ["dist/server.js"], {
    env: ownEnvironment(settings),
    stdio: ["ignore", "pipe", "pipe"],
  })
}

function listenTo(child: ChildProcess, heard: { stdout: string; stderr: string }): void {
  child.stdout?.on("data", (chunk: Buffer) => (heard.stdout += chunk.toString()))
  child.stderr?.on("data", (chunk: Buffer) => (heard.stderr += chunk.toString()))
}

/** The log's own word that it is ready, which names the port the system chose. */
function ready(child: ChildProcess, heard: { stdout: string; stderr: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer)
      reject(new Error(`The server ${why}:\n${heard.stdout}\n${heard.stderr}`))
    }
    const timer = setTimeout(() => {
      child.kill("SIGKILL")
      fail("was not ready in time")
    }, 60_000)
    child.once("exit", (code) => fail(`ended with ${String(code)}`))
    child.stdout?.on("data", () => {
      const url = /"origin":"(http:\/\/localhost:\d+)","msg":"ready"/.exec(heard.stdout)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    })
  })
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "close")
    child.kill(signal)
    await ended
  }
  return child.exitCode
}
