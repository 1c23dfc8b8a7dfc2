import { errorCodes, type ErrorCode } from "./codes"

export type { ErrorCode }

/** One check that failed, for people and agents to act on. `path` is a JSON Pointer into the request. */
export type Reason = Readonly<{ code: string; message: string; path?: string }>

/** What decided on a tool call: the rule, and every check with its result. */
export type Explanation = Readonly<{
  matchedRule: string | null
  checks: readonly Readonly<{
    check: string
    rule: string | null
    result: "pass" | "fail" | "error" | "not_applicable"
    message: string
  }>[]
}>

type AppErrorDetails = Readonly<{
  reasons?: readonly Reason[]
  explanation?: Explanation
  retryAfterSeconds?: number
  isRecorded?: boolean
  cause?: unknown
}>

/**
 * A refusal we meant. Its code decides the HTTP status; its message is shown to
 * callers, so it never carries a secret or another tenant's data.
 */
export class AppError extends Error {
  override readonly name = "AppError"
  readonly code: ErrorCode
  readonly reasons: readonly Reason[]
  readonly explanation: Explanation | undefined
  readonly retryAfterSeconds: number | undefined
  /** Whether the audit log already has this refusal. */
  readonly isRecorded: boolean

  constructor(
    code: ErrorCode,
    message: string = errorCodes[code].title + ".",
    details: AppErrorDetails = {},
  ) {
    super(message, { cause: details.cause })
    this.code = code
    this.reasons = details.reasons ?? []
    this.explanation = details.explanation
    this.retryAfterSeconds = details.retryAfterSeconds
    this.isRecorded = details.isRecorded ?? false
  }

  get status(): number {
    return errorCodes[this.code].status
  }
}
