import path from "node:path"
import { perRuntime } from "@/lib/env/runtime"
import { startDiffPool } from "./diff-pool"

/** The process's own pool, started by the first change that needs it and ended with the process. */
export const diffPool = perRuntime(({ config, stopping }) => {
  const pool = startDiffPool({ workerFile: path.join(config.rootDir, "dist", "diff-worker.js") })
  stopping.addEventListener("abort", () => void pool.stop(), { once: true })
  return pool
})
