import { mkdir, mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { DeltasealClient } from "@deltaseal/guard"
import { connectAgent, type Agent } from "../agent/agent.ts"
import { websiteTasks } from "../agent/website-care.ts"
import { work, type Result } from "../agent/work.ts"
import { crmTasks } from "./crm-care.ts"
import { startCrmDatabase } from "./crm-database.ts"
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
  /** The built MCP servers. */
  workspaceServer: string
  crmServer: string
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
  const site = environmentsFor({ ...access, runId }, places)
  const results = await accompany(demo, watch, site, tenant.tenantId).finally(
    // Where the server is gone too, an open run of the demo does no harm.
    async () => await client.closeRun(runId).catch(() => undefined),
  )

  summarise(say, { results, website: places.website, url: facts.url, runId, events: await watch.events() })
  return results.length === websiteTasks.length + crmTasks(tenant.tenantId).length
}

/** The agent at work: first on the website, then, if it may go on, in the CRM. */
async function accompany(demo: Demo, watch: Watch, places: Site, tenantId: string): Promise<Result[]> {
  const { facts, isAuto, say } = demo
  const reviewer = isAuto ? await signInReviewer(facts.url, reviewerIn(facts)) : null
  const contacts = crmTasks(tenantId)
  const total = websiteTasks.length + contacts.length
  const narrator = createNarrator({ say, watch, reviewer, total })

  const website = await withAgent(demo, demo.workspaceServer, places.website, async (agent) => {
    await lookAround(agent, say)
    return await narrator.heard(work(agent, websiteTasks, narrator.voice))
  })
  if (website.length < websiteTasks.length) return website

  const database = await startCrmDatabase()
  try {
    demo.interrupted.throwIfAborted()
    say(
      "The same agent goes on in the client's CRM. There it may change some fields of a contact and not others.",
    )
    say()
    const env = { ...places.crm, CRM_DATABASE_URL: database.url }
    return [
      ...website,
      ...(await withAgent(demo, demo.crmServer, env, (agent) =>
        narrator.heard(work(agent, contacts, narrator.voice)),
      )),
    ]
  } finally {
    await database.stop()
  }
}

/** An agent with a server of its own, for as long as the work takes; an interruption ends both. */
async function withAgent<Value>(
  { interrupted, say }: Demo,
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

/** What the two MCP servers are told. */
type Site = Readonly<{ website: Record<string, string>; crm: Record<string, string> }>

function environmentsFor(
  server: Readonly<{ url: string; apiKey: string; runId: string }>,
  { website: folder, state }: Places,
): Site {
  const access = {
    DELTASEAL_URL: server.url,
    DELTASEAL_API_KEY: server.apiKey,
    DELTASEAL_RUN_ID: server.runId,
  }
  return {
    website: {
      ...access,
      DELTASEAL_WORKSPACE: folder,
      // Kept with its workspace: what a killed demo left must not be finished in another folder.
      DELTASEAL_STATE_DIR: join(state, "workspace"),
      // The folder is new and nobody else's, so no path in it is exchanged by others.
      DELTASEAL_ALLOW_PATH_RACES: "1",
    },
    crm: { ...access, DELTASEAL_STATE_DIR: join(state, "crm") },
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
