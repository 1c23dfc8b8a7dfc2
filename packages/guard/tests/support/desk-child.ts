import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { createGuard } from "@deltaseal/guard"
import { aDesk, deskTool, parts, type DeskKind } from "./desk.ts"

/**
 * A guard in a process of its own, to be killed: `node desk-child.mjs <settings>`. It stops before
 * or after it did what was approved; what it did is in the file `log`.
 */
type Settings = {
  url: string
  apiKey: string
  root: string
  part: keyof typeof parts
  hang: "before" | "after"
}

const { url, apiKey, root, part, hang } = JSON.parse(process.argv[2] ?? "{}") as Settings
const outbox: string[] = []
const desk = aDesk(root, outbox)

const { guard } = createGuard({
  url,
  apiKey,
  stateDirectory: join(root, "state"),
  server: { name: "workspace" },
  run: { environment: "dev", workflow: "docs", actor: { agent: "writer" } },
})

const tool = guard<object, DeskKind>(deskTool, {
  observe: desk.observe,
  plan: () => ({ parts: [parts[part]] }),
  apply: async (change) => {
    if (hang === "before") await forever()
    for (const each of change.parts) await desk.applyOne(each)
    appendFileSync(join(root, "log"), outbox.map((line) => `${line}\n`).join(""))
    await forever()
  },
})

await tool({})

async function forever(): Promise<void> {
  process.stdout.write("hanging\n")
  await new Promise((done) => setTimeout(done, 60_000))
}
