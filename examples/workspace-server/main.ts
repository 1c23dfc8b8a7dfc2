import { createGuard, GuardError } from "@deltaseal/guard"
import { serveStdio } from "@modelcontextprotocol/server/stdio"
import { trackCalls } from "./calls-under-way.ts"
import { serverName } from "./definitions.ts"
import { createMcpServer } from "./mcp-server.ts"
import { RegistrationError, registerTools } from "./register.ts"
import { SettingsError } from "../settings/guard-settings.ts"
import { readSettings } from "./settings.ts"
import { createTools } from "./tools.ts"
import registered from "./tools.json"
import { openWorkspace } from "./workspace-folder.ts"
import { WorkspaceError } from "./workspace-error.ts"

const isRegistering = process.argv.includes("--register")

await (isRegistering ? register() : serve()).catch((error: unknown) => {
  const isExpected =
    error instanceof SettingsError ||
    error instanceof WorkspaceError ||
    error instanceof GuardError ||
    error instanceof RegistrationError
  log(isExpected ? error.message : String(error))
  process.exit(1)
})

/** A person accepts in the browser what this offers; the server does not have to run for it. */
async function register(): Promise<void> {
  const lines = await registerTools(process.env, registered)
  process.stdout.write(`${lines.join("\n")}\n`)
}

async function serve(): Promise<void> {
  const settings = readSettings(process.env)
  const folder = await openWorkspace(settings.folder, { mayRace: settings.mayRace })
  const guard = createGuard({ ...settings, server: { name: serverName }, onWarning: log })
  const calls = trackCalls(createTools(guard, folder, settings.workspace))
  const connection = serveStdio(() => createMcpServer(calls.tools), {
    onerror: (error) => {
      log(error.message)
    },
  })

  const stop = once(async () => {
    // Calls that wait for people withdraw their request; those that are writing finish.
    await connection.close()
    await calls.settled()
    await guard.close().catch((error: unknown) => {
      log(error instanceof Error ? error.message : String(error))
    })
    process.exit(0)
  })
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop)
  process.stdin.once("end", stop).once("close", stop)
}

/** Standard output belongs to the protocol; everything for people goes here. */
function log(message: string): void {
  process.stderr.write(`${serverName}: ${message}\n`)
}

function once(work: () => Promise<void>): () => void {
  let isBegun = false
  return () => {
    if (isBegun) return
    isBegun = true
    void work()
  }
}
