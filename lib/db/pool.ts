import pg from "pg"

type PoolOptions = Readonly<{
  url: string
  max?: number
  onError: (error: Error) => void
  /** Looks at a new connection before anything is asked over it; one that it refuses is thrown away. */
  verify?: (client: pg.ClientBase) => Promise<void>
}>

/**
 * The connections that serve requests, perhaps through a pooler in transaction
 * mode. So nothing here belongs to a session: no start-up options, and the time
 * limits are defaults of the role (`ensureTimeLimits`).
 */
export function createPool({ url, max = 20, onError, verify }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: "deltaseal",
    ...(verify && {
      verify: (client, done) => void verify(client).then(() => done(), done),
    }),
  })

  // Without a listener a connection that breaks while idle would end the process.
  pool.on("error", onError)
  return pool
}
