import { randomUUID } from "node:crypto"
import type { Context } from "hono"

/** What a caller may name a request itself, so that its logs and ours can be laid side by side. */
const acceptable = /^[A-Za-z0-9_-]{8,64}$/

/** The id of this request: the caller's `X-Request-Id` when it is plain, else a new one. */
export function requestIdOf(context: Context): string {
  const known: unknown = context.get("requestId")
  if (typeof known === "string") return known

  const given = context.req.header("x-request-id")
  const requestId = given !== undefined && acceptable.test(given) ? given : randomUUID()
  context.set("requestId", requestId)

  return requestId
}
