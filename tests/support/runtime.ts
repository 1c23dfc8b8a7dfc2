import { randomBytes } from "node:crypto"
import { createPool } from "@/lib/db/pool"
import { nobodyWatches } from "@/lib/db/watch/watch"
import { readConfig } from "@/lib/env/config"
import { setRuntime, type Runtime } from "@/lib/env/runtime"
import { suppliedSecrets } from "@/lib/env/secrets"
import { createLogger } from "@/lib/observability/logger"

type TestRuntime = Runtime & Readonly<{ stop(): Promise<void> }>

type TestRuntimeOptions = Readonly<{
  port?: number
  rootDir?: string
  /** Hears every line of the process log, at the level debug. */
  onLog?: (line: string) => void
  /** The way to the same database through a pooler, for everything but listening. */
  pooled?: Readonly<{ url: string; isPooled: boolean }>
  /** Those of another process, to make what it accepts; by default some of its own. */
  secrets?: Readonly<Record<string, string>>
}>

/** A process's shared state over a test's own database, with secrets made for it. */
export function startTestRuntime(appUrl: string, options: TestRuntimeOptions = {}): TestRuntime {
  const { port = 3000, rootDir = process.cwd(), onLog, pooled, secrets } = options
  const logger = createLogger(
    onLog === undefined ? { level: "silent" } : { level: "debug", destination: { write: onLog } },
  )
  const pool = createPool({
    url: pooled?.url ?? appUrl,
    max: 10,
    onError: (error) => logger.error({ err: error }, "idle connection"),
  })
  const stopper = new AbortController()
  const config = readConfig({ PORT: String(port) }, rootDir)
  const state: Runtime = {
    config,
    secrets: secrets === undefined ? testSecrets() : suppliedSecrets(secrets),
    logger,
    pool,
    directUrl: appUrl,
    isPooled: pooled?.isPooled ?? false,
    watch: nobodyWatches,
    stopping: stopper.signal,
  }
  setRuntime(state)

  const stop = async (): Promise<void> => {
    stopper.abort()
    await pool.end()
  }
  return { ...state, stop }
}

function testSecrets() {
  const random = () => randomBytes(32).toString("base64")

  return suppliedSecrets({
    // RFC 8037, appendix A.1: known to the world, so it can never be mistaken for a real key.
    DELTASEAL_PERMIT_KEY: JSON.stringify({
      kty: "OKP",
      crv: "Ed25519",
      d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
      x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }),
    DELTASEAL_KEY_PEPPER: random(),
    DELTASEAL_ENCRYPTION_KEY: random(),
    DELTASEAL_SESSION_SECRET: random(),
  })
}
