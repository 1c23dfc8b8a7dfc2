import { Logger, parseCronItems, run, type Runner, type TaskList } from "graphile-worker"
import { createPool } from "@/lib/db/pool"
import { databaseTime, runtime } from "@/lib/env/runtime"
import { nextSimulatingTenant } from "@/lib/simulations/running.service"
import { labelWhatIsDue } from "./label-due"
import { simulateForAWhile } from "./simulate"
import { tidy } from "./tidy"

/** How long after one sweep the next begins; how often the queue is looked at (milliseconds). */
const sweepEveryMs = 5_000
const pollEveryMs = 2_000

/** How long jobs under way may take when the process stops: less than its drain (milliseconds). */
const stopWithinMs = 4_000

const reconnectAfterMs = 2_000

/** A job with this key is on the queue once, however many nodes put it there. */
const sweep = "label_due"
const simulate = "simulate"

const tasks: TaskList = {
  [sweep]: async (_, { addJob }) => {
    await labelWhatIsDue()
    await addJob(sweep, {}, { jobKey: sweep, runAt: new Date(databaseTime() + sweepEveryMs) })
    // What a killed worker was at.
    if ((await nextSimulatingTenant("")) !== null) await addJob(simulate, {}, { jobKey: simulate })
  },
  [simulate]: async (_, { addJob }) => {
    if (await simulateForAWhile()) await addJob(simulate, {}, { jobKey: simulate })
  },
  tidy: async () => {
    await tidy()
  },
}

/** Every minute, so that a chain that broke with its worker begins anew. */
const cron = parseCronItems([
  { task: sweep, match: "* * * * *", options: { jobKey: sweep, backfillPeriod: 0 } },
  { task: "tidy", match: "17 * * * *", options: { jobKey: "tidy", backfillPeriod: 0 } },
])

/** Works on the queue for as long as the process runs; begins again when the database was away. */
export async function workOnJobs(): Promise<void> {
  const { stopping, logger } = runtime()
  while (!stopping.aborted) {
    try {
      await workUntilStopped()
    } catch (error) {
      logger.warn({ err: error }, "the job worker lost its database")
      await new Promise((resolve) => setTimeout(resolve, reconnectAfterMs).unref())
    }
  }
}

async function workUntilStopped(): Promise<void> {
  const { directUrl, stopping, logger } = runtime()
  // The library listens, so it gets connections of its own, past any pooler.
  const pgPool = createPool({
    url: directUrl,
    max: 3,
    onError: (error) => logger.warn({ err: error }, "an idle connection of the job worker broke"),
  })

  try {
    const runner = await run({
      pgPool,
      taskList: tasks,
      parsedCronItems: cron,
      concurrency: 1,
      pollInterval: pollEveryMs,
      noHandleSignals: true,
      gracefulShutdownAbortTimeout: stopWithinMs,
      logger: new Logger(() => tell),
    })
    const stop = () => void stopOnce(runner)
    stopping.addEventListener("abort", stop, { once: true })
    if (stopping.aborted) stop()
    await Promise.all([runner.promise, begin(runner)])
    stopping.removeEventListener("abort", stop)
  } finally {
    await pgPool.end()
  }
}

/** Not to wait for the next full minute; a sweep that is already planned keeps its time. */
async function begin(runner: Runner): Promise<void> {
  try {
    await runner.addJob(sweep, {}, { jobKey: sweep, jobKeyMode: "preserve_run_at" })
  } catch (error) {
    await stopOnce(runner)
    throw error
  }
}

/** The library refuses a second stop, which it may have made itself when a connection broke. */
async function stopOnce(runner: Runner): Promise<void> {
  await runner.stop().catch(() => undefined)
}

/** The library's word in our log; what it calls information is of interest to whoever looks closely. */
function tell(level: string, message: string, meta?: Readonly<{ error?: unknown }>): void {
  const { logger } = runtime()
  const details = meta?.error === undefined ? {} : { err: meta.error }
  if (level === "error" || level === "warning") logger.warn(details, message)
  else logger.debug(details, message)
}
