/** What went wrong around a guarded call, other than a decision. */
export type GuardErrorCode =
  | "invalid_configuration"
  | "unreachable"
  | "timed_out"
  | "tool_timed_out"
  | "output_too_large"
  | "sandbox_required"
  | "aborted"
  | "invalid_answer"
  | "hash_mismatch"
  | "permit_refused"
  | "journal_failed"

/**
 * A fault of set-up, network or trust. Its message is safe to show and to log:
 * it never holds the API key, and no cause is attached that could.
 */
export class GuardError extends Error {
  override readonly name = "GuardError"
  readonly code: GuardErrorCode

  constructor(code: GuardErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** One check that failed on the server. `path` is a JSON Pointer into the request. */
export type Reason = Readonly<{ code: string; message: string; path?: string }>

/** The server's refusal (RFC 9457). `code` is stable; see the server's table of codes. */
export class ProblemError extends Error {
  override readonly name = "ProblemError"
  readonly code: string
  readonly status: number
  readonly reasons: readonly Reason[]
  readonly requestId: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(problem: Problem) {
    super(problem.detail)
    this.code = problem.code
    this.status = problem.status
    this.reasons = problem.reasons
    this.requestId = problem.requestId
    this.retryAfterSeconds = problem.retryAfterSeconds
  }
}

export type Problem = Readonly<{
  code: string
  status: number
  detail: string
  reasons: readonly Reason[]
  requestId: string | undefined
  retryAfterSeconds: number | undefined
}>
