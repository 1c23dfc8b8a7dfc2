import { createHash } from "node:crypto"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import type { EndpointSpec } from "./endpoint"

export type Answered = Readonly<{ status: number; body: unknown }>

/** What the caller has already, by its `If-None-Match`, and the id of the request. */
type Asked = Readonly<{ ifNoneMatch: string | undefined; requestId: string }>

/**
 * The response to a call that went well.
 *
 * An answer that its own contract does not know is our bug. Where the tests run
 * it never leaves; in production the types' word is taken, because reading an
 * approval again through its schema costs as much as reading it from the database.
 */
export function answer(spec: EndpointSpec, { status, body }: Answered, asked: Asked): Response {
  const text = JSON.stringify(runtime().config.production ? body : contracted(spec, status, body))
  const isRead = spec.method === "get"
  const tag = isRead ? tagOf(text) : undefined
  const headers: Record<string, string> = {
    // Kept only to be asked about again, by its ETag.
    "cache-control": isRead ? "private, no-cache" : "no-store",
    "x-request-id": asked.requestId,
    ...(tag === undefined ? {} : { etag: tag }),
  }
  if (tag !== undefined && holds(asked.ifNoneMatch, tag)) return new Response(null, { status: 304, headers })

  return new Response(text, { status, headers: { ...headers, "content-type": "application/json" } })
}

function contracted(spec: EndpointSpec, status: number, body: unknown): unknown {
  const parsed = spec.responses[status]?.safeParse(body)
  if (parsed?.success === true) return parsed.data

  throw new AppError("internal", undefined, { cause: parsed?.error ?? new Error(`no response ${status}`) })
}

function tagOf(text: string): string {
  return `"${createHash("sha256").update(text).digest("hex").slice(0, 32)}"`
}

/** RFC 9110: weak comparison, and `*` for anything at all. */
function holds(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(",").map((part) => part.trim().replace(/^W\//, ""))

  return tags.includes(tag) || tags.includes("*")
}
