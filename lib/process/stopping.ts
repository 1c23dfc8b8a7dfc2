import type { Server } from "node:http"

type Step = Readonly<{ name: string; run: () => Promise<unknown> }>

/** How long requests in flight may take to finish, and how long leaving may take altogether. */
const drainMilliseconds = 6_000
const totalMilliseconds = 10_000

/** Node repeats Ctrl-C when npm forwards what the terminal already sent; a person takes longer. */
const echoMilliseconds = 700

/**
 * Calls `stop` at the first signal and leaves at once at the second.
 */
export function onStopSignal(stop: (signal: string) => void): void {
  let first = 0
  const hear = (signal: string): void => {
    if (first === 0) {
      first = Date.now()
      stop(signal)
      return
    }
    if (Date.now() - first > echoMilliseconds) process.exit(130)
  }

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, hear)
}

/** Finishes what was begun, then closes what it needed, in order; one failure does not keep the rest open. */
export async function drain(
  server: Server,
  steps: readonly Step[],
  onError: (step: string, error: unknown) => void,
) {
  const deadline = setTimeout(() => process.exit(1), totalMilliseconds)
  deadline.unref()

  await closeServer(server)
  for (const { name, run } of steps) {
    await run().catch((error: unknown) => {
      onError(name, error)
    })
  }
  clearTimeout(deadline)
}

async function closeServer(server: Server): Promise<void> {
  const impatience = setTimeout(() => {
    server.closeAllConnections()
  }, drainMilliseconds)

  await new Promise((closed) => {
    server.close(closed)
    server.closeIdleConnections()
  })
  clearTimeout(impatience)
}
