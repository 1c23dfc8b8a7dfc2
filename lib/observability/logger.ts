import { mkdirSync } from "node:fs"
import path from "node:path"
import pino, { type Logger } from "pino"

const secretNames = [
  "authorization",
  "cookie",
  "set-cookie",
  "password",
  "apiKey",
  "x-csrf-token",
  "token",
  "runToken",
  "secret",
]

/** Secrets at the top of a record, in one of its objects, or in the headers of a request or response. */
const secretPaths = secretNames.flatMap((name) => ["", "*", "*.*"].map((parent) => `${parent}["${name}"]`))

type LoggerOptions = Readonly<{ level: string; file?: string; destination?: pino.DestinationStream }>

/** The process log, as JSON lines: to `destination` or `file`, or to standard output for whoever runs us. */
export function createLogger({ level, file, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: toLoggedError },
    redact: { paths: secretPaths, censor: "[redacted]" },
  }
  if (destination !== undefined) return pino(options, destination)
  if (file === undefined) return pino(options)

  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  return pino(options, pino.destination({ dest: file, mode: 0o600, sync: false }))
}

/**
 * Only what is named here: errors of libraries carry connections, queries and
 * their parameters, which are not for a log.
 */
function toLoggedError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }

  const { code, cause } = error as { code?: unknown; cause?: unknown }
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(typeof code === "string" && { code }),
    ...(cause !== undefined && { cause: toLoggedError(cause) }),
  }
}
