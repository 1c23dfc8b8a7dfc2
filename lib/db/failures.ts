import { AppError } from "@/lib/errors/app-error"

/** SQLSTATEs after which the whole transaction may simply be tried again: serialization failure, deadlock. */
const retryable = new Set(["40001", "40P01"])

/** SQLSTATE classes that mean the database cannot serve now: connection, resources, operator, system. */
const unavailableClasses = new Set(["08", "53", "57", "58"])

/** Lock not available, read-only transaction. */
const unavailableStates = new Set(["55P03", "25006"])

/** Whether nothing happened and the same transaction may be tried again (SPEC 4.2.2). */
export function isRetryable(error: unknown): boolean {
  return retryable.has(sqlState(error) ?? "")
}

/**
 * What a database failure means to a caller.
 *
 * A connection that broke while a write was under way leaves it unknown whether
 * the commit happened; the caller has to look again (SPEC 4.2.2).
 */
export function toAppError(error: unknown, kind: "read" | "write"): unknown {
  if (error instanceof AppError) return error

  if (isPrismaBusy(error)) return new AppError("unavailable", undefined, { cause: error })

  const state = sqlState(error)
  if (state === undefined) {
    if (!isBrokenConnection(error)) return error
    return kind === "write" && !isRefusedConnection(error)
      ? new AppError("outcome_unknown", undefined, { cause: error })
      : new AppError("unavailable", undefined, { cause: error })
  }
  if (state === overLimit) return limitExceeded(error)
  if (state === neverUsed)
    return new AppError("cancelled", "It was a test, which nothing comes of.", { cause: error })
  if (retryable.has(state) || unavailableStates.has(state) || unavailableClasses.has(state.slice(0, 2))) {
    return new AppError("unavailable", undefined, { cause: error })
  }

  return error
}

/** What `refuse_over_limit` of the migrations ends a transaction with. */
const overLimit = "DS429"

/** What the triggers of the migrations answer whoever wants to use what was put before people as a test. */
const neverUsed = "DS410"

/** Its detail is ours: the limit's name in the policy, its number, for how many people it holds, and when to ask again. */
function limitExceeded(error: unknown): AppError {
  const { name, limit, people, retryAfterSeconds } = limitIn(error)
  const message = `The limit ${name} of ${limit} is reached${people === undefined ? "" : forEach(limit, people)}.`

  return new AppError("limit_exceeded", message, {
    retryAfterSeconds,
    cause: error,
    reasons: [{ code: "limit_exceeded", message: `${message} ${whenAgain(name, retryAfterSeconds)}` }],
  })
}

type ReachedLimit = Readonly<{ name: string; limit: number; people?: number; retryAfterSeconds: number }>

function limitIn(error: unknown): ReachedLimit {
  const detail = error instanceof Error && "detail" in error ? String(error.detail) : "{}"

  return JSON.parse(detail) as ReachedLimit
}

/** What a limit for each person comes to; where nobody decides there is as much room as for one. */
function forEach(limit: number, people: number): string {
  if (people < 2) return `: ${limit} may be open, with ${people === 0 ? "nobody" : "one person"} who decides`
  return `: ${limit * people} may be open, with ${people} people who decide`
}

/** The name of the limit that a call was refused for; null where it was not refused for one of them. */
export function reachedLimit(error: unknown): string | null {
  const isOver =
    error instanceof AppError && error.code === "limit_exceeded" && sqlState(error.cause) === overLimit

  return isOver ? limitIn(error.cause).name : null
}

function whenAgain(name: string, seconds: number): string {
  if (name === "run.pendingApprovals") return "Ask again when some of them are decided and used."
  if (name === "reviewer.pendingApprovals") {
    return "Ask again when some of them are decided and used. More may be open with more people who decide, or when the policy says a higher number."
  }
  return name.startsWith("run.") ? "Open a new run to go on." : `Ask again in ${seconds} s.`
}

function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code = prismaState(error) ?? codeOf(error)

  return /^[0-9A-Z]{5}$/.test(code) && !/^(E|P[12])/.test(code) ? code : undefined
}

/** Prisma has codes of its own, of the same shape, and PostgreSQL's within. */
function prismaState(error: Error & PrismaMeta): string | undefined {
  const state = error.meta?.driverAdapterError?.cause?.originalCode

  return typeof state === "string" ? state : undefined
}

type PrismaMeta = Readonly<{ meta?: { driverAdapterError?: { cause?: { originalCode?: unknown } } } }>

/** Prisma could not get a connection or start its transaction in time: nothing was done. */
function isPrismaBusy(error: unknown): boolean {
  return error instanceof Error && ["P2024", "P2028"].includes(codeOf(error))
}

function isBrokenConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    /connection|ECONN|EPIPE|timeout|socket/i.test(`${codeOf(error)} ${error.message}`)
  )
}

function isRefusedConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    /ECONNREFUSED|timeout exceeded when trying to connect|ENOENT/i.test(`${codeOf(error)} ${error.message}`)
  )
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : ""
}
