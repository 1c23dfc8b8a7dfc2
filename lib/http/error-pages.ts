import { readFile } from "node:fs/promises"
import path from "node:path"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { errorCodes } from "@/lib/errors/codes"
import { toProblem } from "./problem"

/** The page that a problem's `type` links to: `docs/errors/<code>.md`, to read as it is. */
export async function errorPage(code: string, requestId: string): Promise<Response> {
  if (!Object.hasOwn(errorCodes, code)) return toProblem(new AppError("not_found"), requestId)

  const page = await readFile(path.join(runtime().config.rootDir, "docs", "errors", `${code}.md`), "utf8")
  return new Response(page, {
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
      "x-request-id": requestId,
    },
  })
}
