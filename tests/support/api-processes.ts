import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { rmSync } from "node:fs"
import path from "node:path"
import { build } from "esbuild"
import pg from "pg"
import { inject } from "vitest"
import { rootWithDiffWorker } from "./api"
import { freshDatabase } from "./database"
import { seedInstallation, type Installation } from "./installation"
import { testSecrets } from "./node"
import { urlOf } from "./postgres"
import { ownEnvironment } from "./server"

/** The demo in a database of its own, and processes that serve the REST API over it. */
export type Cluster = Readonly<{
  installation: Installation
  urls: readonly string[]
  superuserUrl: string
  /** What the processes complained of, but for what they had no room for, or no time to read again, and said so. */
  errors: () => string
  close: () => Promise<void>
}>

function complaintsIn(said: readonly string[]): string {
  const lines = said.join("").split("\n")
  return lines.filter((line) => !/"code":"(unavailable|outcome_unknown)"/.test(line)).join("\n")
}

/**
 * Does now and then what autovacuum does where it is not switched off: plans that were made for empty tables, and rows
 * that nobody sees any more, make thousands of approvals four times as slow.
 */
async function keepTidy(superuserUrl: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  let tidying: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    tidying = client.query("VACUUM ANALYZE")
  }, 20_000)

  return async () => {
    clearInterval(timer)
    await tidying
    await client.end()
  }
}

/** What fails beside the processes fails with what these complained of. */
export async function withComplaints<T>({ errors }: Cluster, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new Error(`${String(error)}\n${errors()}`, { cause: error })
  }
}

type Child = Readonly<{ child: ChildProcess; url: string }>

/** One more process, over the database of whoever asks and with their secrets. */
export async function startProcess(
  appUrl: string,
  secrets: Readonly<Record<string, string>>,
): Promise<Readonly<{ url: string; kill: () => Promise<void> }>> {
  const rootDir = rootWithDiffWorker()
  const { child, url } = await start({ program: await bundle(), rootDir, appUrl, said: [], secrets })

  return {
    url,
    kill: async () => {
      await end(child, "SIGKILL")
      rmSync(rootDir, { recursive: true, force: true })
    },
  }
}

export async function startCluster(processes: number): Promise<Cluster> {
  const program = await bundle()
  const database = await freshDatabase()
  const superuserUrl = urlOf(inject("postgres").superuserUrl, {
    database: new URL(database.appUrl).pathname.slice(1),
  })
  const installation = await seedInstallation({ appUrl: database.appUrl, superuserUrl })
  const rootDir = rootWithDiffWorker()
  const said: string[] = []
  const children = await Promise.all(
    Array.from({ length: processes }, () => start({ program, rootDir, appUrl: database.appUrl, said })),
  )
  const stopTidying = await keepTidy(superuserUrl)

  return {
    installation,
    superuserUrl,
    urls: children.map(({ url }) => url),
    errors: () => complaintsIn(said),
    close: async () => {
      await Promise.all(children.map(({ child }) => end(child)))
      await stopTidying()
      await installation.close()
      await database.close()
      rmSync(rootDir, { recursive: true, force: true })
    },
  }
}

type Start = Readonly<{ program: string; rootDir: string; appUrl: string; said: string[]; secrets?: object }>

async function start({ program, rootDir, appUrl, said, secrets = testSecrets }: Start): Promise<Child> {
  const child = fork(program, [rootDir], {
    env: ownEnvironment({ DATABASE_URL: appUrl, ...secrets }),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => void said.push(chunk.toString()))
  }
  child.once("exit", (code) => {
    if (code !== 0) said.push(`ended with ${String(code)}`)
  })
  const [ready] = (await Promise.race([once(child, "message"), failed(child, said)])) as [{ url: string }]

  return { child, ...ready }
}

async function failed(child: ChildProcess, said: readonly string[]): Promise<never> {
  await once(child, "exit")
  throw new Error(`An API process did not start:\n${said.join("")}`)
}

async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, "exit")
  child.kill(signal)
  await ended
}

/** As production bundles its programs; one for each test process. */
async function bundle(): Promise<string> {
  const root = path.resolve(".")
  const outfile = path.join(root, ".build", "test", `api-process-${process.pid}.mjs`)
  await build({
    entryPoints: [path.join(root, "tests/support/api-process.ts")],
    tsconfig: path.join(root, "tsconfig.json"),
    bundle: true,
    packages: "external",
    alias: {
      "@": root,
      "@deltaseal/guard/change": path.join(root, "packages/guard/src/change.ts"),
      "@deltaseal/guard/config": path.join(root, "packages/guard/src/config.ts"),
      "@deltaseal/guard": path.join(root, "packages/guard/src/index.ts"),
    },
    platform: "node",
    target: "node20",
    format: "esm",
    outfile,
    logLevel: "error",
  })

  return outfile
}
