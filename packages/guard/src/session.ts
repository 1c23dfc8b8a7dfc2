import type { Run } from "./answers.ts"
import type { DeltasealClient, RunRequest } from "./client.ts"

/** The run that a guard works in, opened or looked up on the first call. */
export type Session = Readonly<{
  run: () => Promise<Run>
  close: () => Promise<void>
}>

export function createSession(
  client: DeltasealClient,
  wanted: RunRequest | Readonly<{ runId: string }>,
): Session {
  const isOurs = !("runId" in wanted)
  let run: Promise<Run> | undefined

  return {
    run: () => {
      run ??= (isOurs ? client.openRun(wanted) : client.getRun(wanted.runId)).catch((error: unknown) => {
        // The next call may find the server there again.
        run = undefined
        throw error
      })
      return run
    },
    close: async () => {
      if (run === undefined || !isOurs) return
      await client.closeRun((await run).runId)
    },
  }
}
