import path from "node:path"
import type pg from "pg"
import { assertAppRoleIsConfined } from "@/lib/db/confinement"
import { startEmbeddedPostgres } from "@/lib/db/embedded/embedded-postgres"
import { migrate } from "@/lib/db/migrate"
import type { Config } from "@/lib/env/config"
import { keptDatabasePasswords } from "@/lib/env/secrets"
import { StartupError } from "@/lib/errors/startup-error"

export type Database = Readonly<{
  appUrl: string
  ownerUrl: string
  directUrl: string
  /** Settles when the embedded server ends by itself. */
  died: Promise<void>
  stop(): Promise<void>
}>

/** The database of this installation: our own, or the one the configuration names. */
export async function openDatabase(config: Config): Promise<Database> {
  const { database } = config
  if (database.kind === "url") {
    return { ...database, died: new Promise(() => undefined), stop: () => Promise.resolve() }
  }

  const passwords = await keptDatabasePasswords(config.dataDir)
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir, passwords })
  return { ...server, directUrl: server.appUrl }
}

/**
 * Migrates, then makes sure that the role that serves cannot step around row-level security.
 *
 * @throws StartupError in one sentence when the database cannot be used
 */
export async function prepareDatabase(config: Config, database: Database, pool: pg.Pool): Promise<void> {
  try {
    await migrate(database.ownerUrl, path.join(config.rootDir, "prisma", "migrations"))
  } catch (error) {
    throw explain(error, database.ownerUrl, "DATABASE_OWNER_URL (or DATABASE_URL)")
  }

  try {
    await assertAppRoleIsConfined(pool)
  } catch (error) {
    throw explain(error, database.appUrl, "DATABASE_URL")
  }
}

const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing answers there",
  ENOTFOUND: "the host is not known",
  EAI_AGAIN: "the host's name cannot be looked up",
  ETIMEDOUT: "it does not answer",
  EHOSTUNREACH: "the host cannot be reached",
  "28P01": "it refuses the password",
  "28000": "it refuses the user",
  "3D000": "it has no such database",
  "42501": "the role may not do this",
  "53100": "its disk is full",
  "57P03": "it is starting or stopping",
}

function explain(error: unknown, url: string, variable: string): unknown {
  if (error instanceof StartupError) return error

  const { code, message } = error as { code?: string; message?: string }
  const reason = explanations[code ?? ""] ?? (message?.includes("timeout") ? "it does not answer" : undefined)
  if (reason === undefined) return error

  const { host, pathname } = new URL(url)
  return new StartupError(
    `The database at ${host}${pathname} cannot be used: ${reason}; check ${variable}.`,
    {
      cause: error,
    },
  )
}
