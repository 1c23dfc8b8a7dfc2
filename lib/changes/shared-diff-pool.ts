import path from "node:path"
import { runtime } from "@/lib/env/runtime"
import { startDiffPool, type DiffPool } from "./diff-pool"

let shared: DiffPool | undefined

/** The process's own pool, started by the first change that needs it and ended with the process. */
export function diffPool(): DiffPool {
  if (shared !== undefined) return shared

  const { config, stopping } = runtime()
  const pool = startDiffPool({ workerFile: path.join(config.rootDir, "dist", "diff-worker.js") })
  stopping.addEventListener("abort", () => void pool.stop(), { once: true })
  shared = pool
  return pool
}
