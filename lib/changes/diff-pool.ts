import { availableParallelism } from "node:os"
import { Piscina } from "piscina"
import { AppError } from "@/lib/errors/app-error"
import { diffConfig, type ConfigDiff, type ConfigRefusal, type ConfigTask } from "./config-diff"
import type { DiffJob, DiffJobResult } from "./diff-worker"
import { diffFile, type FileDiff, type FileDiffTask } from "./file-diff"
import { interdiff, type Interdiff, type InterdiffTask } from "./interdiff"

/** `workerFile`: the built `diff-worker.ts`, as a path or file URL. `timeLimitMs`: for one diff, once it runs. */
export type DiffPoolOptions = Readonly<{
  workerFile: string
  threads?: number
  queueMax?: number
  timeLimitMs?: number
  memoryLimitMb?: number
}>

/**
 * Up to here a diff runs where it is asked for: measured at under 5 ms, 15 ms
 * before the first compilation. Beyond any of the three it goes to a thread.
 */
export const inlineBytesMax = 64 * 1024
export const inlineLinesMax = 4_000
export const inlineWorkMax = 100_000

/** Reading YAML takes about a hundred times longer than comparing its lines. */
export const inlineConfigUnitsMax = 8 * 1024

/** Starts the threads that keep large diffs off the event loop. Stop the pool before the process ends. */
export function startDiffPool(options: DiffPoolOptions): DiffPool {
  return new DiffPool(options)
}

export class DiffPool {
  readonly #piscina: Piscina<DiffJob, DiffJobResult>
  readonly #timeLimitMs: number
  readonly #queueMax: number
  readonly #onStart = new Map<number, () => void>()
  #lastJobId = 0

  constructor({
    workerFile,
    threads,
    queueMax = 64,
    timeLimitMs = 2_000,
    memoryLimitMb = 256,
  }: DiffPoolOptions) {
    const maxThreads = threads ?? Math.max(1, availableParallelism() - 1)
    this.#timeLimitMs = timeLimitMs
    this.#queueMax = queueMax
    this.#piscina = new Piscina({
      filename: workerFile,
      minThreads: 1,
      maxThreads,
      maxQueue: queueMax,
      concurrentTasksPerWorker: 1,
      // A diff takes what others leave: who polls or asks for something small does not wait for it.
      niceIncrement: 10,
      resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb, maxYoungGenerationSizeMb: 32 },
    })
    this.#piscina.on("message", ({ startedJobId }: { startedJobId: number }) => {
      this.#onStart.get(startedJobId)?.()
    })
  }

  /**
   * The diff of one file; a whole replacement flagged `diff_degraded` past the limits.
   *
   * @throws AppError `unavailable` when the queue is full; the signal's reason when it aborts
   */
  async diff(task: FileDiffTask, signal?: AbortSignal): Promise<FileDiff> {
    signal?.throwIfAborted()
    const inline = diffInline(task)
    // A thread answers in the kind of its task.
    return inline ?? ((await this.#runOrReplace(task, signal)) as FileDiff)
  }

  /**
   * What changed between two requests for one target; a whole replacement past the limits.
   *
   * @throws AppError `unavailable` when the queue is full; the signal's reason when it aborts
   */
  async interdiff(task: InterdiffTask, signal?: AbortSignal): Promise<Interdiff> {
    signal?.throwIfAborted()
    const inline = interdiffInline(task)
    // A thread answers in the kind of its task.
    return inline ?? ((await this.#runOrReplace(task, signal)) as Interdiff)
  }

  /**
   * What a config means on both sides and how that differs, or why it cannot
   * be read. Unlike a diff it cannot be given up: without it there is no hash.
   *
   * @throws AppError `unavailable` when the queue is full, `content_too_large` when reading it takes too long
   */
  async diffConfig(task: ConfigTask, signal?: AbortSignal): Promise<ConfigDiff | ConfigRefusal> {
    signal?.throwIfAborted()
    const units = (task.before?.length ?? 0) + (task.after?.length ?? 0)
    if (units <= inlineConfigUnitsMax) return diffConfig(task)

    const diff = await this.#runWithin(task, this.#timeLimitMs * configTimeFactor, signal)
    // A thread answers in the kind of its task.
    if (diff) return diff as ConfigDiff | ConfigRefusal
    throw new AppError("content_too_large", "The config takes too long to read.")
  }

  async stop(): Promise<void> {
    await this.#piscina.destroy()
  }

  /** What takes too long or too much memory is shown as a whole replacement. */
  async #runOrReplace(
    task: FileDiffTask | InterdiffTask,
    signal: AbortSignal | undefined,
  ): Promise<DiffJobResult> {
    const diff = await this.#runWithin(task, this.#timeLimitMs, signal)
    if (diff) return diff

    const whole = await this.#runWithin({ ...task, isWhole: true }, this.#timeLimitMs, signal)
    if (whole) return whole

    throw new AppError("unavailable", "The change could not be compared in time.", { retryAfterSeconds: 5 })
  }

  /** Null when the thread took too long or too much memory; it was ended and replaced. */
  async #runWithin(
    task: DiffJob["task"],
    timeLimitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<DiffJobResult | null> {
    if (this.#piscina.queueSize >= this.#queueMax) {
      throw new AppError("unavailable", "Too many changes are being compared.", { retryAfterSeconds: 1 })
    }

    const jobId = ++this.#lastJobId
    const limit = new AbortController()
    let timer: NodeJS.Timeout | undefined
    this.#onStart.set(jobId, () => (timer = setTimeout(() => limit.abort(), timeLimitMs)))

    try {
      return await this.#piscina.run({ jobId, task }, { signal: anyOf(limit.signal, signal) })
    } catch (error) {
      signal?.throwIfAborted()
      if (limit.signal.aborted || isOutOfMemory(error)) return null
      throw error
    } finally {
      clearTimeout(timer)
      this.#onStart.delete(jobId)
    }
  }
}

/** Reading both sides may take this many times as long as comparing them. */
const configTimeFactor = 4

/** Null when the task is too large for the event loop; few bytes can still be many lines or much work. */
function diffInline(task: FileDiffTask): FileDiff | null {
  if (!isSmall([task.before?.bytes, task.after?.bytes])) return null

  const diff = diffFile({ ...task, workMax: Math.min(task.workMax, inlineWorkMax) })
  return diff.flags.includes("diff_degraded") && task.workMax > inlineWorkMax ? null : diff
}

function interdiffInline(task: InterdiffTask): Interdiff | null {
  if (!isSmall([task.earlier.afterBytes, task.now.afterBytes])) return null

  const diff = interdiff({ ...task, workMax: Math.min(task.workMax, inlineWorkMax) })
  return diff.isWhole && task.workMax > inlineWorkMax ? null : diff
}

function isSmall(contents: readonly (Uint8Array | null | undefined)[]): boolean {
  const sides = contents.filter((bytes) => bytes instanceof Uint8Array)
  if (sides.reduce((sum, bytes) => sum + bytes.byteLength, 0) > inlineBytesMax) return false
  return sides.reduce((sum, bytes) => sum + countNewlines(bytes), 0) <= inlineLinesMax
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count++
  return count
}

function anyOf(limit: AbortSignal, caller: AbortSignal | undefined): AbortSignal {
  return caller ? AbortSignal.any([limit, caller]) : limit
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
}
