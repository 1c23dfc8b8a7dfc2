import { connectAgent } from "./agent.ts"
import { websiteTasks } from "./website-care.ts"
import { work } from "./work.ts"

/** Everything after the first two arguments starts the MCP server; what it needs is in the environment. */
const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  say("Usage: node dist/examples/agent.js node dist/examples/workspace-server.js")
  process.exit(2)
}

const env = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith("DELTASEAL_") && value !== undefined ? [[name, value]] : [],
  ),
)
const agent = await connectAgent({ command, args, env, onServerLog: (text) => process.stderr.write(text) })
const waits = sayOnce()
const results = await work(agent, websiteTasks, {
  begins: (task) => {
    say(task.title)
  },
  waits,
  ends: ({ answer }) => {
    say(answer.text)
  },
}).finally(agent.close)
process.exitCode =
  results.length === websiteTasks.length && results.every(({ answer }) => answer.isDone) ? 0 : 1

function sayOnce(): (message: string) => void {
  const said = new Set<string>()
  return (message) => {
    if (said.has(message)) return
    said.add(message)
    say(message)
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
