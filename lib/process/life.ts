import { setMaxListeners } from "node:events"
import type { Server } from "node:http"
import type { Logger } from "pino"
import { sentenceOf } from "./sentence"
import { drain, onStopSignal } from "./stopping"

export type Life = Readonly<{
  stopping: AbortSignal
  /** Registers what must be closed before leaving; the last opened is closed first. */
  closeLater(name: string, run: () => Promise<unknown>): void
  /** Ends the process because of a failure that nobody handled. */
  die(error: unknown): void
}>

/**
 * From the first signal or unhandled failure to the exit: no new requests,
 * those in flight finish, then everything opened is closed.
 */
export function beginLife(server: Server, logger: Logger, say: (line: string) => void): Life {
  const stopper = new AbortController()
  // Every open event stream listens for the end; many are no leak.
  setMaxListeners(0, stopper.signal)
  const closers: { name: string; run: () => Promise<unknown> }[] = []

  const leave = async (code: number): Promise<void> => {
    stopper.abort()
    await drain(server, closers.toReversed(), (step, error) => {
      logger.error({ err: error, step }, "closing failed")
    })
    logger.flush()
    process.exit(code)
  }
  const die = (error: unknown): void => {
    if (stopper.signal.aborted) return
    logger.fatal({ err: error }, "the process cannot go on")
    process.stderr.write(`\n  ${sentenceOf(error)}\n\n`)
    void leave(1)
  }

  onStopSignal((signal) => {
    logger.info({ signal }, "stopping")
    say("Stopping: finishing requests, then the database.")
    if (!stopper.signal.aborted) void leave(0)
  })
  process.on("uncaughtException", die)
  process.on("unhandledRejection", die)
  return { stopping: stopper.signal, closeLater: (name, run) => closers.push({ name, run }), die }
}
