import { access, mkdtemp, readdir, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import type { TestProject } from "vitest/node"
import { startEmbeddedPostgres } from "@/lib/db/embedded/embedded-postgres"
import { appRole, ensureDatabase, ensureRoles, ownerRole } from "@/lib/db/embedded/roles"
import { stopOrphan } from "@/lib/db/embedded/postmaster"
import { lockInstance } from "@/lib/db/embedded/instance-lock"
import { migrate } from "@/lib/db/migrate"
import { prepareQueue } from "@/lib/db/queue"
import { timeLimits } from "@/lib/db/time-limits"
import { urlOf, withClient } from "./postgres"

/** How tests reach the server. The two passwords are those of our roles. */
export type TestServer = Readonly<{
  superuserUrl: string
  ownerPassword: string
  appPassword: string
  template: string
}>

declare module "vitest" {
  interface ProvidedContext {
    postgres: TestServer
  }
}

const prefix = "deltaseal-test-"
const passwords = { superuser: "test-superuser", owner: "test-owner", app: "test-app" }

/**
 * One throw-away server for the whole run, with a template database migrated
 * once; `freshDatabase()` copies it. DELTASEAL_TEST_DATABASE_URL (a superuser of
 * a PostgreSQL kept for tests: its two Deltaseal roles are reset) replaces it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer(process.env["DELTASEAL_TEST_DATABASE_URL"])
  const template = `deltaseal_template_${process.pid}`
  await makeTemplate(server.url, template).catch(async (error: unknown) => {
    await server.stop()
    throw error
  })

  project.provide("postgres", {
    superuserUrl: server.url,
    ownerPassword: passwords.owner,
    appPassword: passwords.app,
    template,
  })

  return async () => {
    await withClient(server.url, (client) => client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`))
    await server.stop()
  }
}

async function makeTemplate(url: string, template: string): Promise<void> {
  await ensureRoles(url, passwords)
  // For the whole role: what start-up writes down for one database is not copied with a template.
  await withClient(url, async (client) => {
    for (const [name, milliseconds] of Object.entries(timeLimits)) {
      await client.query(`ALTER ROLE ${appRole} SET ${name} = '${milliseconds}ms'`)
    }
  })
  await ensureDatabase(url, template)
  const ownerUrl = urlOf(url, { role: ownerRole, password: passwords.owner, database: template })
  await migrate(ownerUrl, path.resolve("prisma/migrations"))
  await prepareQueue(ownerUrl)
}

async function startServer(external: string | undefined) {
  if (external !== undefined) return { url: external, stop: () => Promise.resolve() }

  await sweepLeftovers()
  const dataDir = await mkdtemp(path.join(tmpdir(), prefix))
  const server = await startEmbeddedPostgres({ dataDir, passwords, database: "scratch", durable: false })
  const home = await realpath(path.join(dataDir, "postgres"))

  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(home, { recursive: true, force: true })
    await rm(dataDir, { recursive: true, force: true })
  }
  return { url: urlOf(server.superuserUrl, { database: "postgres" }), stop }
}

/** A test run that was killed leaves its server running; the next run ends it. */
async function sweepLeftovers(): Promise<void> {
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
