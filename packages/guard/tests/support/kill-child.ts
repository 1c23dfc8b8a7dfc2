import { createGuard } from "@deltaseal/guard"
import { aKillDesk, killTool, type KillKind } from "./kill-desk.ts"

/** A guard in a process of its own that does one thing, and is killed at one moment: `node kill-child.mjs <settings>`. */
type Settings = { url: string; apiKey: string; root: string; kind: KillKind; dying?: "before" | "after" }

const { url, apiKey, root, kind, dying } = JSON.parse(process.argv[2] ?? "{}") as Settings
const { guard } = createGuard({
  url,
  apiKey,
  stateDirectory: `${root}/state`,
  server: { name: "workspace" },
  run: { environment: "dev", workflow: "docs", actor: { agent: "writer" } },
})

const result = await guard<object, KillKind>(killTool, aKillDesk(root, kind, dying))({})
process.stderr.write(`${kind} was not killed: ${JSON.stringify(result.content)}\n`)
