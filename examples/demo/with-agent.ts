import { connectAgent, type Agent } from "../agent/agent.ts"
import type { Say } from "./narrator.ts"

type Surroundings = Readonly<{ interrupted: AbortSignal; say: Say }>

/** An agent with a server of its own, for as long as the work takes; an interruption ends both. */
export async function withAgent<Value>(
  { interrupted, say }: Surroundings,
  serverFile: string,
  env: Record<string, string>,
  run: (agent: Agent) => Promise<Value>,
): Promise<Value> {
  const agent = await connectAgent({
    command: process.execPath,
    args: [serverFile],
    env,
    onServerLog: (text) => {
      say(text.trim())
    },
  })
  const stop = () => void agent.close()
  interrupted.addEventListener("abort", stop)

  try {
    return await run(agent)
  } finally {
    interrupted.removeEventListener("abort", stop)
    await agent.close()
  }
}
