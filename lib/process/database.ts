import path from "node:path"
import { startEmbeddedPostgres } from "@/lib/db/embedded/embedded-postgres"
import { examine, type Examination } from "@/lib/db/examination"
import { migrate } from "@/lib/db/migrate"
import { prepareQueue } from "@/lib/db/queue"
import { ensureTimeLimits } from "@/lib/db/time-limits"
import { isDatabaseError, unusable } from "@/lib/db/unusable"
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
 * Examines the database, then migrates it. Nothing is made in one that cannot
 * be used, or under a role that could step around row-level security.
 *
 * @throws StartupError in one sentence, or one for each thing that is wrong
 */
export async function prepareDatabase(config: Config, database: Database): Promise<Examination> {
  const { appUrl, ownerUrl, directUrl } = database
  try {
    const examination = await examine(database)
    await ensureTimeLimits(directUrl)
    await migrate(ownerUrl, path.join(config.rootDir, "prisma", "migrations"))
    await prepareQueue(ownerUrl)
    return examination
  } catch (error) {
    if (error instanceof StartupError || !isDatabaseError(error)) throw error

    const variable = ownerUrl === appUrl ? "DATABASE_URL" : "DATABASE_OWNER_URL"
    throw new StartupError(unusable(error, ownerUrl, variable), { cause: error })
  }
}
