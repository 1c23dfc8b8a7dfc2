import path from "node:path"
import type { TestProject } from "vitest/node"
import { migrate } from "@/lib/db/migrate"
import { prepareQueue } from "@/lib/db/queue"
import { seedDemo, type SeededDemo } from "@/prisma/seed/demo"
import { databaseByTheGuide } from "./external-database"
import { testSecrets } from "./node"
import { withClient } from "./postgres"
import { startTestRuntime } from "./runtime"
import { startThrowAwayPostgres } from "./throw-away-postgres"

/** What the files of the browser tests share: a server, and in it the demo to copy. */
export type SharedPostgres = Readonly<{
  superuserUrl: string
  /** What the names of all databases of this run begin with. */
  prefix: string
  /** A migrated database with the demo agency in it, which no process has served yet. */
  template: string
  /** Who is in it, under the secrets of `testSecrets`. */
  demo: SeededDemo
}>

declare module "vitest" {
  interface ProvidedContext {
    sharedPostgres: SharedPostgres
  }
}

const passwords = { superuser: "test-superuser", owner: "test-owner", app: "test-app" }

/** Two files at a time, with up to four processes each, and twenty connections for each of them. */
const connectionsMax = 300

/**
 * One throw-away server for all browser tests that do not try starting itself:
 * to make one, migrate it and seed it took each of them five seconds.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startThrowAwayPostgres("deltaseal-shared-", passwords, connectionsMax)
  const prefix = `deltaseal_${process.pid}_`
  const template = `${prefix}demo`
  const demo = await makeDemo(server.url, template).catch(async (error: unknown) => {
    await server.stop()
    throw error
  })
  project.provide("sharedPostgres", { superuserUrl: server.url, prefix, template, demo })

  return async () => {
    await withClient(server.url, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        "SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)",
        [prefix],
      )
      for (const { name } of rows) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    })
    await server.stop()
  }
}

async function makeDemo(superuserUrl: string, name: string): Promise<SeededDemo> {
  const { appUrl, ownerUrl } = await databaseByTheGuide(superuserUrl, name)
  await migrate(ownerUrl, path.resolve("prisma/migrations"))
  await prepareQueue(ownerUrl)

  const runtime = startTestRuntime(appUrl, { secrets: testSecrets })
  try {
    return await seedDemo()
  } finally {
    await runtime.stop()
  }
}
