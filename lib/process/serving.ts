import { examine } from "@/lib/db/examination"
import { createPool } from "@/lib/db/pool"
import { nobodyWatches } from "@/lib/db/watch/watch"
import { readConfig, type Config, type DatabaseConfig } from "@/lib/env/config"
import { setRuntime } from "@/lib/env/runtime"
import { userEnvironment } from "@/lib/env/process-env"
import { suppliedSecrets } from "@/lib/env/secrets"
import { StartupError } from "@/lib/errors/startup-error"
import { createLogger } from "@/lib/observability/logger"

/**
 * Opens the runtime in a process that `server.ts` does not run: a command beside
 * the server, or a host that calls our routes. It migrates nothing.
 *
 * @returns what closes it again
 * @throws StartupError without DATABASE_URL, or when configuration or database cannot be used
 */
export async function openServing(): Promise<() => Promise<void>> {
  const env = userEnvironment()
  const config = readConfig(env, process.cwd())
  const { appUrl, directUrl } = externalDatabase(config)
  // The role that serves is enough: whoever migrates has done so.
  const { isPooled } = await examine({ appUrl, ownerUrl: appUrl, directUrl })

  const logger = createLogger({ level: config.logLevel })
  const stopper = new AbortController()
  const pool = createPool({
    url: appUrl,
    onError: (error) => logger.warn({ err: error }, "an idle database connection broke"),
  })
  setRuntime({
    config,
    secrets: suppliedSecrets(env),
    logger,
    pool,
    directUrl,
    isPooled,
    watch: nobodyWatches,
    stopping: stopper.signal,
  })

  return async () => {
    stopper.abort()
    await pool.end()
  }
}

function externalDatabase({ database }: Config): Extract<DatabaseConfig, { kind: "url" }> {
  if (database.kind === "url") return database

  throw new StartupError("DATABASE_URL is missing: only npm start can open the embedded PostgreSQL.")
}
