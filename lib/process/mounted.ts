import type { Hono } from "hono"
import { hasRuntime, runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { createApi } from "@/lib/http/app"
import { toProblem } from "@/lib/http/problem"
import { listenForChanges } from "@/lib/notifications/notifier"
import { openServing } from "./serving"

/**
 * The REST API inside a host that calls our routes: `next dev`, or a serverless
 * one. `server.ts` answers these paths itself and never lets Next see them.
 *
 * Such a host does not say whose address a request came from, so a key that is
 * bound to addresses is refused here.
 */
export async function answer(request: Request): Promise<Response> {
  await openOnce()
  const host = request.headers.get("host")?.toLowerCase() ?? ""
  if (!runtime().config.hosts.includes(host)) {
    return toProblem(new AppError("host_not_allowed"), crypto.randomUUID())
  }

  app ??= createApi()
  return app.fetch(request, { incoming: { socket: {} } })
}

let app: Hono | undefined

const key = Symbol.for("deltaseal.opening")
const holder = globalThis as typeof globalThis & { [key]?: Promise<void> | undefined }

/** Once for all routes, each of which the host bundles by itself; a failure is tried again at the next request. */
function openOnce(): Promise<void> {
  if (hasRuntime()) return Promise.resolve()

  holder[key] ??= open().catch((error: unknown) => {
    holder[key] = undefined
    throw error
  })
  return holder[key]
}

async function open(): Promise<void> {
  await openServing()
  listenForChanges().catch((error: unknown) => {
    runtime().logger.error({ err: error }, "the notification listener gave up")
  })
}
