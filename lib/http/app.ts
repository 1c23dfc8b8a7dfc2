import { Hono, type Context } from "hono"
import { HTTPException } from "hono/http-exception"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { permitKeys } from "@/lib/permits/permits.service"
import { docsPage } from "./docs-page"
import { endpoints } from "./endpoints"
import { errorPage } from "./error-pages"
import { health, readiness } from "./health"
import { mount } from "./mount"
import { openApiDocument } from "./openapi"
import { toProblem } from "./problem"
import { requestIdOf } from "./request-id"
import { streamChanges } from "./stream"

/** Everything under `/api/v1`, beside what a machine asks of the process itself. */
export function createApi(): Hono {
  const app = new Hono()
  const specs = endpoints.map(({ spec }) => spec)
  const document = openApiDocument(specs)
  app.onError(onError)
  app.notFound((context) => toProblem(new AppError("not_found"), requestIdOf(context)))

  app.get("/healthz", health)
  app.get("/readyz", readiness)
  app.get("/.well-known/jwks.json", async (context) =>
    context.json(await permitKeys(), 200, { "cache-control": "public, max-age=60" }),
  )
  app.get("/api/docs/errors/:code", (context) => errorPage(context.req.param("code"), requestIdOf(context)))
  app.get("/api/v1/stream", streamChanges)
  app.get("/api/v1/openapi.json", (context) => context.json(document))
  app.get("/api/docs", () => docsPage(specs, document))
  mount(app, "/api/v1", endpoints)

  return app
}

/** The one place where an error becomes an answer. What we did not mean is logged and says nothing. */
function onError(error: Error, context: Context): Response {
  const requestId = requestIdOf(context)
  if (error instanceof HTTPException) return toProblem(new AppError("invalid_request"), requestId)

  const refusal = error instanceof AppError ? error : new AppError("internal", undefined, { cause: error })
  if (refusal.status >= 500) {
    const { method, path } = context.req
    runtime().logger.error(
      { err: refusal.cause ?? error, requestId, method, path, code: refusal.code },
      "request failed",
    )
  }

  return toProblem(refusal, requestId)
}
