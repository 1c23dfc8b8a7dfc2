import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { createServer, type AddressInfo } from "node:net"
import path from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { StartupError } from "@/lib/errors/startup-error"
import type { Account } from "./account"
import type { Binaries } from "./binaries"
import { readPostmaster } from "./postmaster"

export type Cluster = Readonly<{
  binaries: Binaries
  account: Account | undefined
  /** The private directory that holds `data/`. */
  home: string
  logFile: string
  /** Off only for throw-away databases: nothing then survives a power cut. */
  durable: boolean
}>

export const superuser = "deltaseal_admin"

const forgetful = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"]

export function clusterDir(cluster: Cluster): string {
  return path.join(cluster.home, "data")
}

/** Creates the cluster, whole or not at all: an interrupted attempt leaves nothing that looks finished. */
export async function initCluster(cluster: Cluster, password: string): Promise<void> {
  if (await stat(path.join(clusterDir(cluster), "PG_VERSION")).catch(() => undefined)) return

  const partial = path.join(cluster.home, "data.partial")
  const passwordFile = path.join(cluster.home, "password")
  await rm(partial, { recursive: true, force: true })
  await makeFor(cluster.account, partial, passwordFile, password)

  const child = await launch(cluster, cluster.binaries.initdb, [
    `--pgdata=${partial}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    ...(cluster.durable ? [] : ["--no-sync"]),
  ])
  child.ref()
  const [code] = (await once(child, "exit")) as [number | null]
  await rm(passwordFile, { force: true })

  if (code !== 0) {
    // What was begun would only keep a full disk full.
    await rm(partial, { recursive: true, force: true })
    throw new StartupError(`The database could not be created${await lastWords(cluster)}`)
  }
  await rename(partial, clusterDir(cluster))
}

/**
 * Starts the server on a free loopback port, in a session of its own: Ctrl-C in
 * our terminal reaches us and not it, so that we can drain before it stops.
 */
export async function launchServer(cluster: Cluster): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const settings = [
      "listen_addresses=127.0.0.1",
      `port=${port}`,
      "unix_socket_directories=",
      "timezone=UTC",
      "log_timezone=UTC",
      ...(cluster.durable ? [] : forgetful),
    ]
    const args = ["-D", clusterDir(cluster), ...settings.flatMap((setting) => ["-c", setting])]
    const child = await launch(cluster, cluster.binaries.postgres, args)
    if (await becomesReady(cluster, child)) return { child, port }

    // Someone may have taken the port between our look and the server's.
    if (attempt === 3) throw new StartupError(`The database could not be started${await lastWords(cluster)}`)
  }
}

async function becomesReady(cluster: Cluster, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + 60_000
  while (child.exitCode === null && child.signalCode === null) {
    const state = await readPostmaster(clusterDir(cluster))
    if (state?.ready && state.pid === child.pid) return true
    if (Date.now() > deadline) {
      child.kill("SIGINT")
      throw new StartupError(`The database did not become ready within a minute${await lastWords(cluster)}`)
    }
    await pause(10)
  }
  return false
}

async function launch(cluster: Cluster, program: string, args: string[]): Promise<ChildProcess> {
  const log = await open(cluster.logFile, "a", 0o600)
  try {
    const child = spawn(program, args, {
      ...cluster.account,
      cwd: cluster.home,
      detached: true,
      // Nothing of our environment: it may hold secrets, and PG* variables would change the server.
      env: {
        PATH: "/usr/bin:/bin",
        LC_ALL: "C",
        TZ: "UTC",
      } as Partial<NodeJS.ProcessEnv> as NodeJS.ProcessEnv,
      stdio: ["ignore", log.fd, log.fd],
    })
    await once(child, "spawn")
    child.unref()
    return child
  } finally {
    await log.close()
  }
}

async function makeFor(
  account: Account | undefined,
  directory: string,
  passwordFile: string,
  password: string,
): Promise<void> {
  await mkdir(directory, { mode: 0o700 })
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (!account) return

  await chown(directory, account.uid, account.gid)
  await chown(passwordFile, account.uid, account.gid)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, "close")
  return port
}

/** The server's own explanation, when it left one; of a full disk it says a different last thing each time. */
async function lastWords(cluster: Cluster): Promise<string> {
  const log = await readFile(cluster.logFile, "utf8").catch(() => "")
  const lines = log.split("\n").slice(-40)
  const words = lines
    .filter((line) => /\b(?:FATAL|PANIC|error):/i.test(line))
    .at(-1)
    ?.replace(/^.*\b(?:FATAL|PANIC|error):\s*/i, "")
  const reason = lines.some((line) => line.includes("No space left on device")) ? "the disk is full" : words
  return reason ? `: ${reason} (more in ${cluster.logFile}).` : `; see ${cluster.logFile}.`
}
