import { fileURLToPath } from "node:url"
import { runDemo } from "./demo.ts"
import { DemoError, readFacts } from "./facts.ts"

const args = process.argv.slice(2)
const unknown = args.find((arg) => arg !== "--auto")
if (unknown !== undefined) {
  complain(`Unknown option ${unknown}. Use: npm run demo, or npm run demo -- --auto`)
  process.exit(2)
}

const interrupted = new AbortController()
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait for the goodbyes.
    if (interrupted.signal.aborted) process.exit(130)
    interrupted.abort()
  })
}

process.exitCode = await main().catch((error: unknown) => {
  if (interrupted.signal.aborted) {
    complain("Stopped. What was still waiting for a decision has been withdrawn.")
    return 130
  }
  complain(error instanceof DemoError ? error.message : describe(error))
  return 1
})

async function main(): Promise<number> {
  const facts = await readFacts(process.env.DELTASEAL_DATA_DIR)
  const isComplete = await runDemo({
    facts,
    isAuto: args.includes("--auto"),
    workspaceServer: fileURLToPath(new URL("./workspace-server.js", import.meta.url)),
    crmServer: fileURLToPath(new URL("./crm-server.js", import.meta.url)),
    officeServer: fileURLToPath(new URL("./office-server.js", import.meta.url)),
    interrupted: interrupted.signal,
    say: (line = "") => {
      process.stdout.write(line === "" ? "\n" : `  ${line}\n`)
    },
  })
  return isComplete ? 0 : 1
}

function describe(error: unknown): string {
  return error instanceof Error ? `The demo failed: ${error.message}` : "The demo failed."
}

function complain(sentence: string): void {
  process.stderr.write(`\n  ${sentence}\n\n`)
}
