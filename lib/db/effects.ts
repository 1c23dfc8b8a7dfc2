import { AsyncLocalStorage } from "node:async_hooks"
import { AppError } from "@/lib/errors/app-error"

const effects = new AsyncLocalStorage<{ isWritten: boolean }>()

/** Something of what `hearingOfWrites` runs is in the database for good. */
export function noteWrite(): void {
  const store = effects.getStore()
  if (store !== undefined) store.isWritten = true
}

/**
 * Runs what may change something and then reads what came of it. `unavailable`
 * means that nothing was done (SPEC 4.2.2), so where only the reading failed it
 * is not said.
 *
 * @throws AppError `outcome_unknown` in place of `unavailable` after a write
 */
export function hearingOfWrites<T>(work: () => Promise<T>): Promise<T> {
  const heard = { isWritten: false }

  return effects.run(heard, async () => {
    try {
      return await work()
    } catch (error) {
      if (!heard.isWritten || !(error instanceof AppError) || error.code !== "unavailable") throw error
      throw new AppError("outcome_unknown", undefined, { cause: error.cause ?? error })
    }
  })
}
