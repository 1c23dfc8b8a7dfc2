import path from "node:path"
import type { TestProject } from "vitest/node"
import { appRole, ensureDatabase, ensureRoles, ownerRole } from "@/lib/db/embedded/roles"
import { migrate } from "@/lib/db/migrate"
import { prepareQueue } from "@/lib/db/queue"
import { timeLimits } from "@/lib/db/time-limits"
import { urlOf, withClient } from "./postgres"
import { startThrowAwayPostgres } from "./throw-away-postgres"

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

const passwords = { superuser: "test-superuser", owner: "test-owner", app: "test-app" }

/**
 * One throw-away server for the whole run, with a template database migrated
 * once; `freshDatabase()` copies it. It holds nobody: files of one worker share
 * its modules, which remember policies and refusals by tenant and key.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startThrowAwayPostgres("deltaseal-test-", passwords)
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
