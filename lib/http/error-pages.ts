import { errorCodes, type ErrorCode } from "@/lib/errors/codes"
import { AppError } from "@/lib/errors/app-error"
import { toProblem } from "./problem"

/** The page that a problem's `type` links to, as plain text. */
export function errorPage(code: string, requestId: string): Response {
  if (!isCode(code)) return toProblem(new AppError("not_found"), requestId)

  const { status, title } = errorCodes[code]
  return new Response(`${code}\n\n${title}.\nHTTP status: ${status}\n`, {
    headers: { "content-type": "text/plain; charset=utf-8", "x-request-id": requestId },
  })
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code)
}
