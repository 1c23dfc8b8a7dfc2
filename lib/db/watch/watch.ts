import { setTimeout as pause } from "node:timers/promises"
import pg from "pg"
import type { Logger } from "pino"
import { AppError } from "@/lib/errors/app-error"
import { createHeart, type Heart } from "./heart"
import { openMemories } from "./memory"
import { settle, type BeginEpoch } from "./settle"
import type { Memory } from "./standing"

/** Knows whether the database is still the one that was served last, and what time it is there. */
export type Watch = Readonly<{
  /** Whether anything may be served. */
  isTrusted: () => boolean
  /** Whether it may be within this time (milliseconds). */
  becomesTrusted: (withinMs: number) => Promise<boolean>
  /**
   * Returns once a memory outside the database knows of everything that was
   * committed before.
   *
   * @throws AppError `outcome_unknown` when it cannot
   */
  remember: () => Promise<void>
  /** The database's clock, in milliseconds since 1970. */
  now: () => number
}>

export type OpenWatch = Watch &
  Readonly<{
    /** Looks at a new connection before anything is asked over it. */
    verify: (client: pg.ClientBase) => Promise<void>
    close: () => Promise<void>
  }>

type Options = Readonly<{
  /** Past any pooler, which would hide that the server was away. */
  directUrl: string
  dataDir: string
  logger: Logger
  beginEpoch: BeginEpoch
}>

/** For a command beside a server, and a host that runs no process of ours: nobody watches. */
export const nobodyWatches: Watch = {
  isTrusted: () => true,
  becomesTrusted: () => Promise.resolve(true),
  remember: () => Promise.resolve(),
  now: () => Date.now(),
}

const retryMs = 200

/** Of so many tries one is told of. */
const tellEvery = 50

/** How often the memory is renewed when nothing is spent (milliseconds). */
const beatEveryMs = 2_000

/**
 * Makes sure of the database, and again whenever it was away. Nothing is
 * trusted in between.
 */
export async function openWatch(options: Options): Promise<OpenWatch> {
  const { logger } = options
  const begin = await beginnerOf(options)
  let latest = await begin([], lost)
  let isTrusted = true
  let isClosed = false

  function lost(reason: unknown): void {
    isTrusted = false
    if (isClosed) return
    logger.warn({ err: reason }, "the database has to be made sure of again")
    void again()
  }

  async function again(): Promise<void> {
    await latest.stop()
    for (let attempt = 1; !isClosed && !isTrusted; attempt += 1) {
      const next = await begin([latest.memory()], lost).catch((error: unknown) => {
        if (attempt % tellEvery === 1) logger.warn({ err: error }, "nothing can be served: no database yet")
        return null
      })
      if (next === null) await pause(retryMs)
      else {
        latest = next
        isTrusted = !isClosed
      }
    }
    if (isClosed) await latest.stop()
  }

  const timer = setInterval(() => {
    if (!isTrusted) return
    latest.beat().catch((error: unknown) => logger.warn({ err: error }, "the memory was not renewed"))
  }, beatEveryMs)

  return {
    isTrusted: () => isTrusted,
    becomesTrusted: async (withinMs) => {
      const deadline = performance.now() + withinMs
      while (!isTrusted && !isClosed && performance.now() < deadline) await pause(20)
      return isTrusted
    },
    remember: async () => {
      const kept = isTrusted ? latest.beat() : Promise.reject(distrusted())
      await kept.catch((cause: unknown) => {
        throw new AppError("outcome_unknown", undefined, { cause })
      })
    },
    now: () => latest.now(),
    verify: async (client) => {
      if (!isTrusted) throw distrusted()
      await latest.verify(client)
    },
    close: async () => {
      isClosed = true
      clearInterval(timer)
      await latest.stop()
    },
  }
}

function distrusted(): AppError {
  return new AppError("unavailable", "The database is being made sure of.", { retryAfterSeconds: 1 })
}

type Begin = (own: readonly Memory[], onLost: (reason: unknown) => void) => Promise<Heart>

/** What connects, makes sure of what is there, and beats once so that the time there is known. */
async function beginnerOf({ directUrl, dataDir, beginEpoch, logger }: Options): Promise<Begin> {
  const memories = await openMemories(dataDir)

  return async (own, onLost) => {
    const client = new pg.Client({
      connectionString: directUrl,
      connectionTimeoutMillis: 5_000,
      // A server that vanished without a word answers nothing, and no limit of its own helps.
      query_timeout: 10_000,
      keepAlive: true,
      application_name: "deltaseal-watch",
    })
    // Until somebody listens, what breaks makes the next question fail.
    client.on("error", () => undefined)
    try {
      await client.connect()
      const { memory, began, isAdopted } = await settle(client, { memories, own, beginEpoch })
      if (began !== null) logger.warn(began, "the database was restored or forked: a new epoch began")
      if (isAdopted) logger.info("nothing here remembers this database: it is taken as it is")
      const heart = createHeart({ client, memory, keep: memories.keep, onLost })
      await heart.beat()
      return heart
    } catch (error) {
      await client.end().catch(() => undefined)
      throw error
    }
  }
}
