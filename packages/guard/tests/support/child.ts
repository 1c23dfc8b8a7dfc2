import { contentBytes, createGuard, fileContent } from "@deltaseal/guard"
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { writeFileTool } from "./small-server.ts"

/**
 * A guard in a process of its own, to be killed: `node child.mjs <settings>`.
 * `hangIn` stops it before or after it writes; each apply leaves a line in `log`.
 */
type Settings = {
  url: string
  apiKey: string
  stateDirectory: string
  file: string
  log: string
  hangIn: string
  content: string
}

const settings = JSON.parse(process.argv[2] ?? "{}") as Settings
const { url, apiKey, stateDirectory, file, log, hangIn, content } = settings

const { guard } = createGuard({
  url,
  apiKey,
  stateDirectory,
  server: { name: "workspace" },
  run: { environment: "dev", workflow: "docs", actor: { agent: "writer" } },
})

const writeIt = guard<{ path: string; content: string }>(writeFileTool, {
  observe: () => (existsSync(file) ? fileContent(readFileSync(file)) : null),
  plan: ({ path }) => ({ parts: [{ target: { workspace: "main", path }, after: { text: content } }] }),
  apply: async ({ parts: [part] }) => {
    appendFileSync(log, "applying\n")
    if (hangIn === "before_write") await forever()
    if (part?.after) writeFileSync(file, contentBytes(part.after))
    if (hangIn === "after_write") await forever()
  },
})

await writeIt({ path: "a.txt", content })

async function forever(): Promise<void> {
  process.stdout.write("hanging\n")
  await new Promise((done) => setTimeout(done, 60_000))
}
