import { randomBytes } from "node:crypto"
import { rm } from "node:fs/promises"
import { inject } from "vitest"
import type { SeededDemo } from "@/prisma/seed/demo"
import { databaseByTheGuide, type ExternalDatabase } from "./external-database"
import { nodeDataDir } from "./node"
import { withClient } from "./postgres"

/** The PostgreSQL of all browser tests, and what an operator does with it. */
export type SharedPostgres = Readonly<{
  /** An empty database with its two roles, made as docs/guides/operating.md says. */
  newDatabase: () => Promise<ExternalDatabase>
  /** One that holds the demo agency already. */
  newDemo: () => Promise<DemoDatabase>
  /** Drops what was made. */
  close: () => Promise<void>
}>

export type DemoDatabase = ExternalDatabase & Readonly<{ demo: SeededDemo }>

export function sharedPostgres(): SharedPostgres {
  const { superuserUrl, prefix, template, demo } = inject("sharedPostgres")
  const made: ExternalDatabase[] = []
  const make = async (from?: string): Promise<ExternalDatabase> => {
    const name = `${prefix}${randomBytes(6).toString("hex")}`
    const database = await databaseByTheGuide(superuserUrl, name, from)
    made.push(database)
    return database
  }

  return {
    newDatabase: () => make(),
    newDemo: async () => ({ ...(await make(template)), demo }),
    close: async () => {
      await withClient(superuserUrl, async (client) => {
        for (const { name } of made) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      })
      for (const database of made) await rm(nodeDataDir(database), { recursive: true, force: true })
    },
  }
}
