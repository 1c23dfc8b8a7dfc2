import type { Context } from "hono"
import { runtime } from "@/lib/env/runtime"

/** Whether the process answers at all. */
export function health(context: Context): Response {
  return context.json({ status: "ok" }, 200, { "cache-control": "no-store" })
}

/** Whether it should get traffic: not while it stops, not without its database, or with another in its place. */
export async function readiness(context: Context): Promise<Response> {
  const { pool, stopping, watch } = runtime()
  const isReady =
    !stopping.aborted &&
    watch.isTrusted() &&
    (await pool.query("SELECT 1").then(
      () => true,
      () => false,
    ))

  return context.json({ status: isReady ? "ready" : "not ready" }, isReady ? 200 : 503, {
    "cache-control": "no-store",
  })
}
