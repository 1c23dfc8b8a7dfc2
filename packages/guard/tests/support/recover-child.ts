import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createGuard } from "@deltaseal/guard"
import { aKillDesk, killTool, type KillKind } from "./kill-desk.ts"

/**
 * A guard in a process of its own that finishes what another one left: `node recover-child.mjs <settings>`.
 * Before it spends and before it applies it leaves a file that says so, and goes on once there is a file `go`.
 */
type Settings = { url: string; apiKey: string; root: string; kind: KillKind }

const { url, apiKey, root, kind } = JSON.parse(process.argv[2] ?? "{}") as Settings
const desk = aKillDesk(root, kind)
const guard = createGuard({
  url,
  apiKey,
  stateDirectory: join(root, "state"),
  server: { name: "workspace" },
  run: { environment: "dev", workflow: "docs", actor: { agent: "writer" } },
})
guard.guard<object, KillKind>(killTool, {
  ...desk,
  apply: async (change) => {
    writeFileSync(join(root, `applying-${process.pid}`), "")
    while (!existsSync(join(root, "go"))) await new Promise((done) => setTimeout(done, 5))
    return await desk.apply(change)
  },
})
await guard.recover()
await guard.close()
