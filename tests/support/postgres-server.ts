import { randomBytes } from "node:crypto"
import { readFile, realpath, rm } from "node:fs/promises"
import path from "node:path"
import { startEmbeddedPostgres } from "@/lib/db/embedded/embedded-postgres"
import { urlOf, withClient } from "./postgres"
import { newDataDir } from "./server"

/** A PostgreSQL that is not ours: its superuser's URL, and what an operator does with it. */
export type PostgresServer = Readonly<{
  superuserUrl: string
  /** An empty database with its two roles, made as docs/guides/operating.md says. */
  newDatabase: () => Promise<ExternalDatabase>
  stop: () => Promise<void>
}>

export type ExternalDatabase = Readonly<{
  name: string
  appUrl: string
  ownerUrl: string
  superuserUrl: string
}>

/** A throw-away server, or the one that DELTASEAL_TEST_DATABASE_URL names (its two Deltaseal roles are reset). */
export async function startPostgresServer(): Promise<PostgresServer> {
  const { url, stop } = await open(process.env["DELTASEAL_TEST_DATABASE_URL"])
  const made: string[] = []

  return {
    superuserUrl: url,
    newDatabase: async () => {
      const name = `deltaseal_${randomBytes(6).toString("hex")}`
      made.push(name)
      return await databaseByTheGuide(url, name)
    },
    stop: async () => {
      await withClient(url, async (client) => {
        for (const name of made) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      })
      await stop()
    },
  }
}

async function open(external: string | undefined) {
  if (external !== undefined) return { url: external, stop: () => Promise.resolve() }

  const dataDir = await newDataDir()
  const random = () => randomBytes(16).toString("hex")
  const server = await startEmbeddedPostgres({
    dataDir,
    passwords: { superuser: random(), owner: random(), app: random() },
    database: "scratch",
    durable: false,
  })
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(await realpath(path.join(dataDir, "postgres")), { recursive: true, force: true })
    await rm(dataDir, { recursive: true, force: true })
  }
  return { url: urlOf(server.superuserUrl, { database: "postgres" }), stop }
}

/** Runs the guide's own SQL, with names and passwords of this test. */
export async function databaseByTheGuide(superuserUrl: string, name: string): Promise<ExternalDatabase> {
  const guide = await readFile("docs/guides/operating.md", "utf8")
  const sql = /```sql\n([\s\S]*?)```/.exec(guide)?.[1] ?? ""
  const passwords = { owner: "owner-of-a-test", app: "app-of-a-test" }
  const statements = sql
    .replaceAll("DATABASE deltaseal", `DATABASE ${name}`)
    .replace("'owner-password'", `'${passwords.owner}'`)
    .replace("'app-password'", `'${passwords.app}'`)
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "")

  await withClient(superuserUrl, async (client) => {
    const { rows } = await client.query<{ rolname: string }>("SELECT rolname FROM pg_roles")
    const roles = new Set(rows.map(({ rolname }) => rolname))
    for (const statement of statements) {
      const role = /^CREATE ROLE (\w+)/.exec(statement)?.[1] ?? ""
      await client.query(roles.has(role) ? statement.replace("CREATE ROLE", "ALTER ROLE") : statement)
    }
  })
  const as = (role: string, password: string) => urlOf(superuserUrl, { role, password, database: name })
  return {
    name,
    appUrl: as("deltaseal_app", passwords.app),
    ownerUrl: as("deltaseal_owner", passwords.owner),
    superuserUrl: urlOf(superuserUrl, { database: name }),
  }
}
