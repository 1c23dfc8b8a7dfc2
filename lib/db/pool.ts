import pg from "pg"

type PoolOptions = Readonly<{ url: string; max?: number; onError: (error: Error) => void }>

/**
 * The connections that serve requests. The limits are start-up options, so no
 * statement can run, or wait for a lock, longer than anyone waits for an answer.
 */
export function createPool({ url, max = 20, onError }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: "deltaseal",
    options: "-c statement_timeout=5s -c lock_timeout=2s",
  })

  // Without a listener a connection that breaks while idle would end the process.
  pool.on("error", onError)
  return pool
}
