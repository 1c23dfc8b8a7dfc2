import type { Run } from "./answers.ts"
import type { DeltasealClient, RunRequest } from "./client.ts"
import { GuardError } from "./guard-error.ts"
import { createRenewal } from "./renewal.ts"

/** The run that a guard works in, opened or looked up on the first call. */
export type Session = Readonly<{
  run: () => Promise<Run>
  close: () => Promise<void>
}>

/** @throws GuardError `invalid_configuration` when a run is to be opened with a run token */
export function createSession(
  client: DeltasealClient,
  wanted: RunRequest | Readonly<{ runId: string }>,
  warn: (message: string) => void,
): Session {
  if (!("runId" in wanted)) return ourRun(client, wanted)

  const { runId } = wanted
  const renewal = client.hasRunToken ? createRenewal(client, runId, warn) : undefined
  return {
    run: once(async () => {
      await renewal?.start()
      return await client.getRun(runId)
    }),
    close: () => Promise.resolve(renewal?.stop()),
  }
}

function ourRun(client: DeltasealClient, wanted: RunRequest): Session {
  if (client.hasRunToken) {
    throw new GuardError("invalid_configuration", "A run token is for one open run: name it by runId.")
  }
  let isOpened = false
  const run = once(async () => {
    isOpened = true
    return await client.openRun(wanted).catch((error: unknown) => {
      isOpened = false
      throw error
    })
  })
  return {
    run,
    close: async () => {
      if (isOpened) await client.closeRun((await run()).runId)
    },
  }
}

function once(get: () => Promise<Run>): () => Promise<Run> {
  let run: Promise<Run> | undefined
  return () => {
    run ??= get().catch((error: unknown) => {
      // The next call may find the server there again.
      run = undefined
      throw error
    })
    return run
  }
}
