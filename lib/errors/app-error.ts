import { errorCodes, type ErrorCode } from "./codes"

/** One check that failed, for people and agents to act on. `path` is a JSON Pointer into the request. */
export type Reason = Readonly<{ code: string; message: string; path?: string }>

/**
 * A refusal we meant. Its code decides the HTTP status; its message is shown to
 * callers, so it never carries a secret or another tenant's data.
 */
export class AppError extends Error {
  override readonly name = "AppError"
  readonly code: ErrorCode
  readonly reasons: readonly Reason[]
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    message: string = errorCodes[code].title + ".",
    details: Readonly<{ reasons?: readonly Reason[]; retryAfterSeconds?: number; cause?: unknown }> = {},
  ) {
    super(message, { cause: details.cause })
    this.code = code
    this.reasons = details.reasons ?? []
    this.retryAfterSeconds = details.retryAfterSeconds
  }

  get status(): number {
    return errorCodes[this.code].status
  }
}
