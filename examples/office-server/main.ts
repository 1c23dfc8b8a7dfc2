import { createGuard, GuardError } from "@deltaseal/guard"
import { configDigest } from "@deltaseal/guard/config"
import { serveStdio } from "@modelcontextprotocol/server/stdio"
import { trackCalls } from "../workspace-server/calls-under-way.ts"
import { RegistrationError, registerTools } from "../workspace-server/register.ts"
import { WorkspaceError } from "../workspace-server/workspace-error.ts"
import { openWorkspace } from "../workspace-server/workspace-folder.ts"
import { serverName } from "./definitions.ts"
import { openMailer } from "./email.ts"
import { createMcpServer } from "./mcp-server.ts"
import { SettingsError } from "../settings/guard-settings.ts"
import { readSettings } from "./settings.ts"
import { createTools } from "./tools.ts"
import registered from "./tools.json"

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
  const { mayRace } = settings
  const files = await openWorkspace(settings.folder, { mayRace })
  const configs = await openWorkspace(settings.configFolder, { mayRace })
  const guard = createGuard({ ...settings, server: { name: serverName }, configDigest, onWarning: log })
  const send = openMailer(settings.smtpUrl)
  const calls = trackCalls(createTools(guard, { settings, files, configs, send }))
  const connection = serveStdio(() => createMcpServer(calls.tools), {
    onerror: (error) => {
      log(error.message)
    },
  })

  let isStopping = false
  const stop = async () => {
    if (isStopping) return
    isStopping = true
    // Calls that wait for people withdraw their request; those that are being carried out finish.
    await connection.close()
    await calls.settled()
    await guard.close().catch((error: unknown) => {
      log(error instanceof Error ? error.message : String(error))
    })
    process.exit(0)
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop())
  process.stdin.once("end", () => void stop()).once("close", () => void stop())
}

/** Standard output belongs to the protocol; everything for people goes here. */
function log(message: string): void {
  process.stderr.write(`${serverName}: ${message}\n`)
}
