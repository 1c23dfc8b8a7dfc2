import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync } from "node:fs"
import { chown, mkdtemp, rm } from "node:fs/promises"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import { databaseAccount, type Account } from "@/lib/db/embedded/account"

const run = promisify(execFile)

/** Where PostgreSQL's own tools are, or null: their tests are then skipped by name. */
export const postgresTools: string | null =
  [process.env["POSTGRES_TOOLS_PATH"], ...installed()].find(
    (place) => place !== undefined && existsSync(path.join(place, "pg_basebackup")),
  ) ?? null

export const withoutPostgresTools =
  "PostgreSQL's server and tools are not installed; install them (Debian: apt-get install postgresql) or set POSTGRES_TOOLS_PATH"

function installed(): string[] {
  const root = "/usr/lib/postgresql"
  const versions = existsSync(root) ? readdirSync(root) : []
  return versions
    .map((version) => path.join(root, version, "bin"))
    .filter((bin) => existsSync(`${bin}/initdb`))
}

/** A cluster as an operator has it: stopped, copied, backed up and restored with PostgreSQL's own tools. */
export type Cluster = Readonly<{
  superuserUrl: string
  start: () => Promise<void>
  stop: () => Promise<void>
  /** A copy by pg_basebackup while it runs. */
  baseBackup: () => Promise<string>
  /** Puts a copy in the place of its files, while it is stopped. */
  putBack: (copy: string) => Promise<void>
  dump: (database: string) => Promise<string>
  restore: (database: string, dump: string) => Promise<void>
  remove: () => Promise<void>
}>

export async function newCluster(): Promise<Cluster> {
  const port = await freePort()
  const account = await databaseAccount()
  const home = await mkdtemp(path.join(tmpdir(), "deltaseal-operator-"))
  if (account) await chown(home, account.uid, account.gid)
  const data = path.join(home, "data")
  const at = ["-h", "127.0.0.1", "-p", String(port), "-U", "su"]
  const tool = (name: string, ...args: string[]) => asAccount(account, home, [name, ...args])
  await tool("initdb", "-D", data, "-U", "su", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
  let copies = 0
  const next = (kind: string) => path.join(home, `${kind}-${String((copies += 1))}`)

  return {
    superuserUrl: `postgresql://su@127.0.0.1:${String(port)}/postgres`,
    start: async () => {
      const options = `-p ${String(port)} -k '' -c listen_addresses=127.0.0.1 -c fsync=off`
      await tool("pg_ctl", "-D", data, "-w", "-l", path.join(home, "log"), "-o", options, "start")
    },
    stop: () => tool("pg_ctl", "-D", data, "-w", "-m", "fast", "stop"),
    baseBackup: async () => {
      const copy = next("copy")
      await tool("pg_basebackup", ...at, "-D", copy, "-X", "stream", "-c", "fast", "--no-sync")
      return copy
    },
    putBack: async (copy) => {
      await rm(data, { recursive: true })
      await run("cp", ["-a", copy, data])
    },
    dump: async (database) => {
      const file = next("dump")
      await tool("pg_dump", ...at, "-Fc", "-f", file, database)
      return file
    },
    restore: (database, dump) => tool("pg_restore", ...at, "-d", database, dump),
    remove: async () => {
      await tool("pg_ctl", "-D", data, "-m", "immediate", "stop").catch(() => undefined)
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, "close")
  return port
}

/** PostgreSQL refuses to run as root. */
async function asAccount(
  account: Account | undefined,
  cwd: string,
  [program = "", ...args]: string[],
): Promise<void> {
  const child = spawn(path.join(postgresTools ?? "", program), args, {
    ...account,
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
  })
  let said = ""
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, "exit")) as [number | null]
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${said}`)
}
