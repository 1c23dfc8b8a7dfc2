import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"

/**
 * Loaded before a guard of a test (`node --import`): kills the process as power cuts do, before or
 * after the nth time that a file of the journal takes its place or goes (KILL_AT, `2:after`).
 */
const [nth, when] = (process.env.KILL_AT ?? "").split(":")
let seen = 0

for (const name of ["rename", "rm"]) {
  const real = fs.promises[name]
  fs.promises[name] = async (...given) => {
    if (!given.some((each) => String(each).endsWith(".json"))) return await real(...given)
    seen += 1
    if (String(seen) !== nth) return await real(...given)
    if (when === "after") await real(...given)
    process.kill(process.pid, "SIGKILL")
    await new Promise(() => undefined)
  }
}
syncBuiltinESMExports()
