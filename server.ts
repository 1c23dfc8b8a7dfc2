import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http"
import path from "node:path"
import { getRequestListener } from "@hono/node-server"
import type { Logger } from "pino"
import { createPool } from "@/lib/db/pool"
import { openWatch, type OpenWatch } from "@/lib/db/watch/watch"
import { readConfig, withPort, type Config } from "@/lib/env/config"
import { setLibraryEnvironment, userEnvironment } from "@/lib/env/process-env"
import { runtime, setRuntime } from "@/lib/env/runtime"
import { keptSecrets, suppliedSecrets } from "@/lib/env/secrets"
import { beginEpoch } from "@/lib/epochs/epochs.service"
import { StartupError } from "@/lib/errors/startup-error"
import { createApi } from "@/lib/http/app"
import { workOnJobs } from "@/lib/jobs/worker"
import { newSetupLink } from "@/lib/members/setup.service"
import { listenForChanges } from "@/lib/notifications/notifier"
import { createLogger } from "@/lib/observability/logger"
import { openDatabase, prepareDatabase, type Database } from "@/lib/process/database"
import { prepareDemo } from "@/lib/process/demo"
import { answerStarting, createFront } from "@/lib/process/front"
import { createGate } from "@/lib/process/gate"
import { beginLife, type Life } from "@/lib/process/life"
import { listen } from "@/lib/process/listen"
import { sentenceOf } from "@/lib/process/sentence"
import { warmUp } from "@/lib/process/warm-up"
import { setupWords, welcome } from "@/lib/process/welcome"
import { isSeeded, seedDemo } from "@/prisma/seed/demo"
import { say, step } from "@/scripts/lib/progress.mjs"

const env = userEnvironment()
await start().catch((error: unknown) => {
  // Only a configuration or a log that cannot be opened gets here; everything later has a life to end.
  process.stderr.write(`\n  ${sentenceOf(error)}\n\n`)
  process.exit(1)
})

async function start(): Promise<void> {
  const wanted = readConfig(env, process.cwd())
  const logger = createLogger({
    level: wanted.logLevel,
    ...(wanted.demo && { file: path.join(wanted.dataDir, "logs", "server.log") }),
  })
  let answer: RequestListener = answerStarting
  const server = createServer((request, response) => {
    answer(request, response)
  })
  const life = beginLife(server, logger, wanted.demo ? say : () => undefined)

  try {
    const config = withPort(wanted, await listen(server, wanted))
    answer = await open(config, logger, life)
    logger.info({ origin: config.origin }, "ready")
  } catch (error) {
    life.die(error)
  }
}

type Show = typeof step

/** Opens what serving needs, in the order in which each part needs the one before. */
async function open(config: Config, logger: Logger, life: Life): Promise<RequestListener> {
  const show: Show = config.demo ? step : (_, work) => work()
  const { stopping } = life
  const secrets = config.database.kind === "url" ? suppliedSecrets(env) : await keptSecrets(config.dataDir)
  setLibraryEnvironment({ origin: config.origin, sessionSecret: secrets.sessionSecret })

  const database = await show("Starting the database", () => openDatabase(config))
  watchDatabase(database, life)
  const { isPooled } = await show("Preparing its tables", () => prepareDatabase(config, database))
  const { directUrl } = database
  const watch = await openWatch({ directUrl, dataDir: config.dataDir, logger, beginEpoch })
  life.closeLater("watch", watch.close)
  const pool = openPool(database, { logger, life, watch })
  setRuntime({ config, secrets, logger, pool, directUrl, isPooled, watch, stopping })

  const pages = await show("Loading the pages", () => openPages(config, life))
  listenForChanges().catch(life.die)
  const working = workOnJobs()
  working.catch(life.die)
  life.closeLater("jobs", () => working)
  process.stdout.write(config.demo ? welcome(config, await openDemo(config)) : await wordsForTheFirst())
  const api = getRequestListener(createApi().fetch)
  const doors = {
    api: (request: IncomingMessage, response: ServerResponse) => void api(request, response),
    pages,
  }
  return createGate(watch, createFront(config, stopping, doors))
}

function watchDatabase(database: Database, life: Life): void {
  life.closeLater("database", database.stop)
  void database.died.then(() => {
    life.die(new StartupError("The embedded PostgreSQL ended unexpectedly; see .data/logs/postgres.log."))
  })
}

type PoolNeeds = Readonly<{ logger: Logger; life: Life; watch: OpenWatch }>

function openPool(database: Database, { logger, life, watch }: PoolNeeds) {
  const pool = createPool({
    url: database.appUrl,
    verify: watch.verify,
    onError: (error) => {
      logger.warn({ err: error }, "an idle database connection broke")
    },
  })
  life.closeLater("connections", () => pool.end())
  return pool
}

/** Imported late: Next and React choose their production builds by what the environment says when they load. */
async function openPages(config: Config, life: Life): Promise<RequestListener> {
  const { default: next } = await import("next")
  const app = next({ dev: false, dir: config.rootDir, hostname: config.host, port: config.port })
  await app.prepare()
  life.closeLater("pages", () => app.close())
  const handle = app.getRequestHandler()
  const pages: RequestListener = (request, response) => void handle(request, response)
  await warmUp(pages).catch((error: unknown) => runtime().logger.warn({ err: error }, "warming up failed"))
  return pages
}

/** The setup link, at every start until somebody is a member. */
async function wordsForTheFirst(): Promise<string> {
  const link = await newSetupLink()
  return link === null ? "" : setupWords(link)
}

function openDemo(config: Config) {
  return prepareDemo({
    dataDir: config.dataDir,
    origin: config.origin,
    isSeeded,
    seed: () => step("Seeding the demo agency", () => seedDemo()),
  })
}
