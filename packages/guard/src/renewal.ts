import type { RunToken } from "./answers.ts"
import type { DeltasealClient } from "./client.ts"

/** Keeps a client's run token alive from when it starts until it is stopped. */
export type Renewal = Readonly<{
  /** Renews at once, since nobody says how old a token is that was handed over. */
  start: () => Promise<void>
  stop: () => void
}>

/** After a renewal that failed; a token has minutes left by then. */
const retrySeconds = 15

export function createRenewal(
  client: DeltasealClient,
  runId: string,
  warn: (message: string) => void,
): Renewal {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  const schedule = (seconds: number) => {
    clearTimeout(timer)
    if (isStopped) return
    // A process that has nothing else to do need not stay for this.
    timer = setTimeout(() => void renew(), seconds * 1000).unref()
  }
  const renew = async () => {
    try {
      schedule(secondsUntilRenewal(await client.renewRunToken(runId)))
    } catch (error) {
      warn(`The run token was not renewed: ${error instanceof Error ? error.message : "unknown fault"}`)
      schedule(retrySeconds)
    }
  }

  return {
    start: async () => {
      schedule(secondsUntilRenewal(await client.renewRunToken(runId)))
    },
    stop: () => {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

/** At half of its time, so that an answer that is lost can be asked for many times. */
function secondsUntilRenewal({ expiresAt }: RunToken): number {
  return Math.max(1, (expiresAt.getTime() - Date.now()) / 2000)
}
