import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { databaseAccount } from "@/lib/db/embedded/account"
import { withClient } from "./postgres"

/** A real PgBouncer in transaction mode in front of one database, with few connections to share. */
export type PgBouncer = Readonly<{ url: string; stop: () => Promise<void> }>

/** Where it is, or null: its tests are then skipped by name. */
export const pgBouncerPath: string | null =
  [
    process.env["PGBOUNCER_PATH"],
    "/usr/sbin/pgbouncer",
    "/usr/bin/pgbouncer",
    "/opt/homebrew/bin/pgbouncer",
  ].find((place) => place !== undefined && existsSync(place)) ?? null

export const withoutPgBouncer =
  "PgBouncer is not installed; install it (Debian: apt-get install pgbouncer) or set PGBOUNCER_PATH"

/** @param behind the URL of a role, whose password PgBouncer uses too */
export async function startPgBouncer(behind: string): Promise<PgBouncer> {
  const { hostname, port, username, password, pathname } = new URL(behind)
  const folder = await mkdtemp(path.join(tmpdir(), "deltaseal-pgbouncer-"))
  const listenPort = await freePort()
  await writeFile(path.join(folder, "users.txt"), `"${username}" "${decodeURIComponent(password)}"\n`)
  await writeFile(
    path.join(folder, "pgbouncer.ini"),
    [
      "[databases]",
      `* = host=${hostname} port=${port}`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${listenPort}`,
      "unix_socket_dir =",
      "auth_type = scram-sha-256",
      `auth_file = ${folder}/users.txt`,
      "pool_mode = transaction",
      "default_pool_size = 3",
      "max_client_conn = 200",
    ].join("\n"),
  )
  // It refuses to run as root.
  const account = await databaseAccount()
  if (account)
    await Promise.all(
      ["", "users.txt", "pgbouncer.ini"].map((name) =>
        chown(path.join(folder, name), account.uid, account.gid),
      ),
    )
  await chmod(folder, 0o700)
  const child = spawn(pgBouncerPath ?? "pgbouncer", ["-q", path.join(folder, "pgbouncer.ini")], {
    ...account,
    stdio: "ignore",
  })
  const url = new URL(behind)
  url.host = `127.0.0.1:${listenPort}`
  url.pathname = pathname
  await untilAnswers(url.href)

  return {
    url: url.href,
    stop: async () => {
      const ended = once(child, "exit")
      child.kill("SIGQUIT")
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilAnswers(url: string): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const failure = await withClient(url, (client) => client.query("SELECT 1")).then(
      () => null,
      (error: unknown) => error,
    )
    if (failure === null) return
    if (Date.now() > deadline) throw new Error("PgBouncer does not answer.", { cause: failure })
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
