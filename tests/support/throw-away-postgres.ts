import { access, mkdtemp, readdir, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { startEmbeddedPostgres } from "@/lib/db/embedded/embedded-postgres"
import { lockInstance } from "@/lib/db/embedded/instance-lock"
import { stopOrphan } from "@/lib/db/embedded/postmaster"
import { urlOf, withClient } from "./postgres"

/** A PostgreSQL for one run of tests, by its superuser's URL. */
export type ThrowAwayPostgres = Readonly<{ url: string; stop: () => Promise<void> }>

type Passwords = Parameters<typeof startEmbeddedPostgres>[0]["passwords"]

/**
 * Starts a server that forgets everything when it stops; with `DELTASEAL_TEST_DATABASE_URL`
 * (a superuser of a PostgreSQL kept for tests: its two Deltaseal roles are reset) there is one already.
 *
 * @param prefix of its folder, and of those that killed runs have left behind
 * @param connectionsMax by default PostgreSQL's own 100
 */
export async function startThrowAwayPostgres(
  prefix: string,
  passwords: Passwords,
  connectionsMax?: number,
): Promise<ThrowAwayPostgres> {
  const external = process.env["DELTASEAL_TEST_DATABASE_URL"]
  if (external !== undefined) return { url: external, stop: () => Promise.resolve() }

  await sweepLeftovers(prefix)
  const dataDir = await mkdtemp(path.join(tmpdir(), prefix))
  const start = () => startEmbeddedPostgres({ dataDir, passwords, database: "scratch", durable: false })
  let server = await start()
  if (connectionsMax !== undefined) {
    await withClient(server.superuserUrl, (client) =>
      client.query(`ALTER SYSTEM SET max_connections = ${connectionsMax}`),
    )
    await server.stop()
    server = await start()
  }
  const home = await realpath(path.join(dataDir, "postgres"))

  return {
    url: urlOf(server.superuserUrl, { database: "postgres" }),
    stop: async () => {
      await server.stop()
      await rm(home, { recursive: true, force: true })
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A test run that was killed leaves its server running; the next run ends it. */
async function sweepLeftovers(prefix: string): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix))
  for (const name of names) {
    const dataDir = path.join(tmpdir(), name)
    await sweep(dataDir).catch(() => undefined)
  }
}

async function sweep(dataDir: string): Promise<void> {
  const home = await realpath(path.join(dataDir, "postgres"))
  const lockFile = path.join(home, "instance.json")
  await access(lockFile)
  await lockInstance(lockFile)

  await stopOrphan(path.join(home, "data"))
  await rm(home, { recursive: true, force: true })
  await rm(dataDir, { recursive: true, force: true })
}
