import { randomUUID } from "node:crypto"
import type { RequestListener, ServerResponse } from "node:http"
import type { Watch } from "@/lib/db/watch/watch"

/** How long a request waits while the database is made sure of again (milliseconds). */
const holdMs = 2_000

/** Lets nothing pass while the database may be another than the one that was served last. */
export function createGate(watch: Watch, next: RequestListener): RequestListener {
  return (request, response) => {
    if (watch.isTrusted() || isHealth(request.url)) {
      next(request, response)
      return
    }
    void watch.becomesTrusted(holdMs).then((isTrusted) => {
      if (isTrusted) next(request, response)
      else refuse(response)
    })
  }
}

function isHealth(url: string | undefined): boolean {
  return url === "/healthz" || url === "/readyz"
}

function refuse(response: ServerResponse): void {
  const body = JSON.stringify({
    type: "/api/docs/errors/unavailable",
    title: "The service cannot answer right now",
    status: 503,
    detail: "The database is being made sure of.",
    code: "unavailable",
    requestId: randomUUID(),
  })
  response.writeHead(503, {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    "Retry-After": "1",
  })
  response.end(body)
}
