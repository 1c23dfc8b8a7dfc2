import { once } from "node:events"
import { mkdir } from "node:fs/promises"
import path from "node:path"
import { StartupError } from "@/lib/errors/startup-error"
import { databaseAccount } from "./account"
import { postgresBinaries } from "./binaries"
import { clusterDir, initCluster, launchServer, superuser, type Cluster } from "./cluster"
import { databaseHome, sharedDir } from "./home"
import { lockInstance } from "./instance-lock"
import { stopOrphan, stopServer } from "./postmaster"
import { appRole, ensureDatabase, ensureRoles, ownerRole, type RolePasswords } from "./roles"

export type EmbeddedPostgres = Readonly<{
  appUrl: string
  ownerUrl: string
  superuserUrl: string
  /** Settles when the server ends without being asked to. */
  died: Promise<void>
  stop(): Promise<void>
}>

type Options = Readonly<{
  dataDir: string
  passwords: RolePasswords & Readonly<{ superuser: string }>
  database?: string
  durable?: boolean
}>

/**
 * Starts the PostgreSQL that came with the npm packages, in `<dataDir>/postgres`.
 *
 * Recovers from a killed process, refuses a second one, works as root.
 *
 * @throws StartupError in one sentence when it cannot
 */
export async function startEmbeddedPostgres(options: Options): Promise<EmbeddedPostgres> {
  const { dataDir, passwords, database = "deltaseal", durable = true } = options
  const account = await databaseAccount()
  const home = await databaseHome(dataDir, account)
  const lock = await lockInstance(path.join(home, "instance.json"))

  try {
    const cluster = await prepare({ dataDir, home, account, durable })
    await stopOrphan(clusterDir(cluster))
    await initCluster(cluster, passwords.superuser)
    const server = await serve(cluster)
    const urls = urlsFor(server.port, database, passwords)
    await makeUsable(urls.maintenanceUrl, database, passwords).catch(async (error: unknown) => {
      await server.stop()
      throw error
    })

    return {
      ...urls,
      died: server.died,
      stop: async () => {
        await server.stop()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function prepare(
  place: Pick<Cluster, "home" | "account" | "durable"> & Readonly<{ dataDir: string }>,
): Promise<Cluster> {
  const { dataDir, ...rest } = place
  const logs = path.join(dataDir, "logs")
  await mkdir(logs, { recursive: true, mode: 0o700 })
  const binaries = await postgresBinaries(place.account && sharedDir)
  return { ...rest, binaries, logFile: path.join(logs, "postgres.log") }
}

async function serve(cluster: Cluster) {
  const { child, port } = await launchServer(cluster)
  const ended = once(child, "exit")
  let asked = false
  const died = ended.then(() => (asked ? new Promise<void>(() => undefined) : undefined))

  // Even when we leave in a hurry the server hears of it; what is lost then is only our waiting for it.
  const interrupt = (): void => void child.kill("SIGINT")
  process.once("exit", interrupt)

  const stop = async (): Promise<void> => {
    asked = true
    process.off("exit", interrupt)
    if (child.pid === undefined || child.exitCode !== null) return

    // It was let go of so that nobody has to stop it; whoever does may have nothing else to stay for.
    child.ref()
    await Promise.all([stopServer(child.pid), ended])
  }
  return { port, died, stop }
}

function urlsFor(port: number, database: string, passwords: Options["passwords"]) {
  const url = (role: string, password: string, name = database) =>
    `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`

  return {
    appUrl: url(appRole, passwords.app),
    ownerUrl: url(ownerRole, passwords.owner),
    superuserUrl: url(superuser, passwords.superuser),
    maintenanceUrl: url(superuser, passwords.superuser, "postgres"),
  }
}

async function makeUsable(url: string, database: string, passwords: RolePasswords): Promise<void> {
  try {
    await ensureRoles(url, passwords)
    await ensureDatabase(url, database)
  } catch (cause) {
    if ((cause as { code?: string }).code !== "28P01") throw cause
    throw new StartupError(
      "The passwords in .data/secrets are not those of the database in .data/postgres; restore the secrets or move the database away.",
      { cause },
    )
  }
}
