import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import type { DemoFacts } from "@/lib/process/demo"

/** The real built server in a process and a data directory of its own. */
export type TestServer = Readonly<{
  url: string
  dataDir: string
  facts: DemoFacts
  apiKey: string
  person: (role: string) => DemoFacts["people"][number]
  /** Everything it said so far, to the terminal and to its log files. */
  said: () => Promise<Readonly<{ stdout: string; stderr: string; logs: string }>>
  /** As Ctrl-C does it. Fails when the server had anything to complain about. */
  stop: () => Promise<void>
  /** As power cuts do it. */
  kill: () => Promise<void>
}>

/**
 * Starts `dist/server.js`, which `npm test` has built, on a free port, over a
 * copy of the demo's database. A data directory stands for a database, and is
 * found again by it.
 */
export async function startServer(dataDir: string): Promise<TestServer> {
  const { startExternalServer } = await import("./external-server")
  return await startExternalServer(dataDir)
}

/**
 * The same with the database of its own, as people try it: made and seeded at
 * the first start, which takes five seconds. DELTASEAL_TEST_DATABASE_URL replaces it.
 */
export async function startDemoServer(dataDir: string): Promise<TestServer> {
  if (process.env["DELTASEAL_TEST_DATABASE_URL"] !== undefined) return await startServer(dataDir)

  const child = spawn(process.execPath, ["dist/server.js"], {
    env: ownEnvironment({ PORT: "0", DELTASEAL_DATA_DIR: dataDir }),
    stdio: ["ignore", "pipe", "pipe"],
  })
  const heard = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk: Buffer) => (heard.stdout += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (heard.stderr += chunk.toString()))
  const url = await readyUrl(child, heard)
  const facts = JSON.parse(await readFile(path.join(dataDir, "demo.json"), "utf8")) as DemoFacts
  const said = async () => ({ ...heard, logs: await readLogs(dataDir) })

  return {
    url,
    dataDir,
    facts,
    apiKey: facts.tenants[0]?.apiKey ?? "",
    person: (role) => {
      const person = facts.people.find((candidate) => candidate.role === role)
      if (person === undefined) throw new Error(`The demo has no ${role}.`)
      return person
    },
    said,
    stop: async () => {
      const code = await end(child, "SIGTERM")
      const complaints = complaintsIn(await said())
      if (code !== 0 || complaints.length > 0)
        throw new Error(`The server ended with ${String(code)}:\n${complaints.join("\n")}`)
    },
    kill: async () => {
      await end(child, "SIGKILL")
    },
  }
}

/** What a program of ours gets from the tester's own environment: nothing that could change what it does. */
export function ownEnvironment(settings: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  // Next's types want a NODE_ENV; a terminal has none.
  return { PATH, HOME, ...settings } as unknown as NodeJS.ProcessEnv
}

/** A data directory that nobody else has, to be removed with `removeDataDir`. */
export async function newDataDir(): Promise<string> {
  return await mkdtemp(path.join(tmpdir(), "deltaseal-e2e-"))
}

/** Removes a data directory with its database, which may live elsewhere behind a link. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const database = await realpath(path.join(dataDir, "postgres")).catch(() => null)
  if (database !== null) await rm(database, { recursive: true, force: true })
  await rm(dataDir, { recursive: true, force: true })
}

const readyMilliseconds = 90_000

function readyUrl(child: ChildProcess, heard: { stdout: string; stderr: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer)
      reject(new Error(`The server ${why}:\n${heard.stdout}\n${heard.stderr}`))
    }
    const timer = setTimeout(() => {
      child.kill("SIGKILL")
      fail("was not ready in time")
    }, readyMilliseconds)
    child.once("exit", (code) => {
      fail(`ended with ${String(code)}`)
    })
    child.stdout?.on("data", () => {
      const url = /ready at (http:\/\/localhost:\d+)\n/.exec(heard.stdout)?.[1]
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

async function readLogs(dataDir: string): Promise<string> {
  const folder = path.join(dataDir, "logs")
  const names = await readdir(folder).catch(() => [])
  const texts = await Promise.all(names.map(async (name) => await readFile(path.join(folder, name), "utf8")))
  return texts.join("\n")
}

/** Errors in the log, and anything at all on standard error: it would stand in somebody's terminal. */
export function complaintsIn({ stderr, logs }: Readonly<{ stderr: string; logs: string }>): string[] {
  const errors = logs.split("\n").filter((line) => /^\{"level":(?:50|60),/.test(line))
  return stderr.trim() === "" ? errors : [...errors, stderr.trim()]
}
