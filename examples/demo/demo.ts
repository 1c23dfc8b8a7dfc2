import { mkdir, mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { DeltasealClient } from "@deltaseal/guard"
import { connectAgent, type Agent } from "../agent/agent.ts"
import { websiteTasks } from "../agent/website-care.ts"
import { work, type Result } from "../agent/work.ts"
import { DemoError, type DemoFacts } from "./facts.ts"
import { createNarrator, type Say } from "./narrator.ts"
import { introduce, summarise } from "./words.ts"
import { signInReviewer } from "./reviewer.ts"
import { watchRun, type Watch } from "./watch.ts"
import { website } from "./website.ts"

export type Demo = Readonly<{
  facts: DemoFacts
  /** Lets a script decide in the reviewer's place. */
  isAuto: boolean
  /** The built MCP server. */
  serverFile: string
  interrupted: AbortSignal
  say: Say
}>

/** The whole story, from the request to the summary. False when the agent had to stop early. */
export async function runDemo(demo: Demo): Promise<boolean> {
  const { facts, isAuto, say } = demo
  const tenant = facts.tenants[0]
  if (tenant === undefined) throw new DemoError(`${facts.file} names no tenant.`)

  const access = { url: facts.url, apiKey: tenant.apiKey }
  const client = new DeltasealClient(access)
  const { runId } = await client.openRun(runRequest)
  const watch = watchRun({ ...access, runId })
  const places = await layOut()
  introduce(say, { facts, tenant: tenant.name, isAuto })
  const results = await accompany(demo, watch, environmentFor({ ...access, runId }, places)).finally(
    // Where the server is gone too, an open run of the demo does no harm.
    async () => await client.closeRun(runId).catch(() => undefined),
  )

  summarise(say, { results, website: places.website, url: facts.url, runId, events: await watch.events() })
  return results.length === websiteTasks.length
}

/** The agent at work, from its first look to the end of its server. */
async function accompany(demo: Demo, watch: Watch, env: Record<string, string>): Promise<Result[]> {
  const { facts, isAuto, serverFile, interrupted, say } = demo
  const reviewer = isAuto ? await signInReviewer(facts.url, reviewerIn(facts)) : null
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
    const narrator = createNarrator({ say, watch, reviewer, total: websiteTasks.length })
    await lookAround(agent, say)
    return await narrator.heard(work(agent, websiteTasks, narrator.voice))
  } finally {
    interrupted.removeEventListener("abort", stop)
    await agent.close()
  }
}

const runRequest = {
  environment: "prod",
  workflow: "website-care",
  step: "ticket-4411",
  actor: { agent: "website-agent", model: "scripted" },
} as const

type Places = Readonly<{ website: string; state: string }>

/** A new folder each time, so that the agent always finds the site as its client left it. */
async function layOut(): Promise<Places> {
  const base = await mkdtemp(join(tmpdir(), "deltaseal-demo-"))
  const places = { website: join(base, "website"), state: join(base, "guard") }
  for (const [path, content] of Object.entries(website)) {
    const file = join(places.website, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  return places
}

function environmentFor(
  server: Readonly<{ url: string; apiKey: string; runId: string }>,
  { website: folder, state }: Places,
): Record<string, string> {
  return {
    DELTASEAL_URL: server.url,
    DELTASEAL_API_KEY: server.apiKey,
    DELTASEAL_RUN_ID: server.runId,
    DELTASEAL_WORKSPACE: folder,
    // Kept with its workspace: what a killed demo left must not be finished in another folder.
    DELTASEAL_STATE_DIR: state,
    // The folder is new and nobody else's, so no path in it is exchanged by others.
    DELTASEAL_ALLOW_PATH_RACES: "1",
  }
}

function reviewerIn({ people, file }: DemoFacts) {
  const reviewer = people.find(({ role }) => role === "reviewer")
  if (reviewer === undefined) throw new DemoError(`${file} names no reviewer.`)
  return reviewer
}

async function lookAround(agent: Agent, say: Say): Promise<void> {
  const listing = await agent.listFiles()
  if (!listing.isDone) throw new DemoError(`The agent may not read:\n  ${listing.text}`)
  say(`The agent looks at the site: ${listing.text.split("\n").length} files. Reading is allowed at once.`)
  say()
}
