import { GuardError } from "./guard-error.ts"

/** How much longer than allowed what was told to stop may take to do so. */
const graceSecondsMax = 5

/** What was told to stop, and has not. */
export class StillRunning extends GuardError {}

/**
 * Runs something for at most so many seconds; then its signal tells it to stop.
 * What ends in spite of that has ended: its result counts. Null = no limit.
 *
 * @throws GuardError `tool_timed_out` for what gave up, StillRunning for what did not
 */
export async function withinTime<Value>(
  seconds: number | null,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController()
  const running = run(controller.signal)
  if (seconds === null) return await running

  const message = `It ran longer than the ${seconds} s that policy allows.`
  const stopped = new GuardError("tool_timed_out", message)
  const [isLate, limit] = timer(seconds)
  const ended = settled(running)
  if ((await Promise.race([ended, isLate])) !== late) {
    limit.stop()
    return await running
  }

  controller.abort(stopped)
  const [isOver, grace] = timer(Math.min(seconds, graceSecondsMax))
  const end = await Promise.race([ended, isOver])
  grace.stop()
  if (end === late) throw new StillRunning("tool_timed_out", `${message} It was told to stop and has not.`)
  if (end === "failed") throw stopped
  return await running
}

const late = "late"

async function settled(running: Promise<unknown>): Promise<"done" | "failed"> {
  try {
    await running
    return "done"
  } catch {
    return "failed"
  }
}

function timer(seconds: number): [Promise<typeof late>, Readonly<{ stop: () => void }>] {
  let handle: NodeJS.Timeout | undefined
  const over = new Promise<typeof late>((resolve) => {
    handle = setTimeout(() => {
      resolve(late)
    }, seconds * 1000)
  })
  return [
    over,
    {
      stop: () => {
        clearTimeout(handle)
      },
    },
  ]
}
