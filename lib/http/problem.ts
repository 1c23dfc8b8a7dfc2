import { errorCodes, type ErrorCode } from "@/lib/errors/codes"
import type { AppError, Explanation } from "@/lib/errors/app-error"

/** The answer to a refused or failed request (RFC 9457). */
export type Problem = Readonly<{
  type: string
  title: string
  status: number
  detail: string
  code: ErrorCode
  reasons?: readonly Readonly<{ code: string; message: string; path?: string }>[]
  requestId: string
}> &
  Partial<Explanation>

/** Where the page of an error code is. */
export function problemType(code: ErrorCode): string {
  return `/api/docs/errors/${code}`
}

/**
 * The problem document of an error. Whatever an absent thing and another
 * tenant's thing have in common is all that it says.
 */
export function toProblem(error: AppError, requestId: string): Response {
  const { status, title } = errorCodes[error.code]
  const problem: Problem = {
    type: problemType(error.code),
    title,
    status,
    detail: error.message,
    code: error.code,
    ...(error.reasons.length === 0 ? {} : { reasons: error.reasons }),
    ...error.explanation,
    requestId,
  }
  const headers = new Headers({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-request-id": requestId,
  })
  if (error.retryAfterSeconds !== undefined) headers.set("retry-after", String(error.retryAfterSeconds))
  if (status === 401) headers.set("www-authenticate", 'Bearer realm="deltaseal"')

  return new Response(JSON.stringify(problem), { status, headers })
}
