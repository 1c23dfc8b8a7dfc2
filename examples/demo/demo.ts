import { mkdir, mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { DeltasealClient } from "@deltaseal/guard"
import type { Agent } from "../agent/agent.ts"
import { websiteTasks } from "../agent/website-care.ts"
import { work, type Result } from "../agent/work.ts"
import { crmTasks } from "./crm-care.ts"
import { startCrmDatabase } from "./crm-database.ts"
import { DemoError, type DemoFacts } from "./facts.ts"
import { createNarrator, type Say } from "./narrator.ts"
import { introduce, summarise } from "./words.ts"
import { mailTasks } from "./mail.ts"
import { sendOffer } from "./offer.ts"
import { signInReviewer, type Reviewer, type Vote } from "./reviewer.ts"
import { watchRun, type Watch } from "./watch.ts"
import { website } from "./website.ts"
import { withAgent } from "./with-agent.ts"

export type Demo = Readonly<{
  facts: DemoFacts
  /** Lets a script decide in the reviewer's place. */
  isAuto: boolean
  /** The built MCP servers. */
  workspaceServer: string
  crmServer: string
  officeServer: string
  interrupted: AbortSignal
  say: Say
}>

/** The whole story, from the request to the summary. False when the agent had to stop early. */
export async function runDemo(demo: Demo): Promise<boolean> {
  const { facts, isAuto, say } = demo
  const [tenant, , mailing] = facts.tenants
  if (tenant === undefined) throw new DemoError(`${facts.file} names no tenant.`)

  const reviewer = isAuto ? await signInReviewer(facts.url, reviewerIn(facts)) : null
  const places = await layOut()
  const before = websiteTasks.length + crmTasks(tenant.tenantId).length
  // A demo that an earlier version began has no client who sends mail.
  const total = before + (mailing === undefined ? 0 : mailTasks.length)
  introduce(say, { facts, tenant: tenant.name, isAuto })
  const access = { url: facts.url, apiKey: tenant.apiKey }
  const site = await inRun(access, runRequest, async (runId) => {
    const watch = watchRun({ ...access, runId })
    const told = { reviewer, watch, total, tenantId: tenant.tenantId }
    const results = await accompany(demo, told, environmentsFor({ ...access, runId }, places))
    return { runId, results, events: await watch.events() }
  })
  if (site.results.length < before) return false

  const offer =
    mailing === undefined
      ? []
      : await mailFor(demo, mailing, { reviewer, total, before, state: places.state })
  const results = [...site.results, ...offer]
  summarise(say, { ...site, results, website: places.website, url: facts.url })
  return results.length === total
}

type Access = Readonly<{ url: string; apiKey: string }>
type RunRequest = Parameters<DeltasealClient["openRun"]>[0]

/** Opens a run for as long as the work takes. */
async function inRun<Value>(
  access: Access,
  request: RunRequest,
  run: (runId: string) => Promise<Value>,
): Promise<Value> {
  const client = new DeltasealClient(access)
  const { runId } = await client.openRun(request)
  return await run(runId).finally(
    // Where the server is gone too, an open run of the demo does no harm.
    async () => await client.closeRun(runId).catch(() => undefined),
  )
}

type Mailing = Readonly<{ reviewer: Reviewer | null; total: number; before: number; state: string }>

async function mailFor(
  demo: Demo,
  tenant: DemoFacts["tenants"][number],
  mailing: Mailing,
): Promise<Result[]> {
  const { facts, say, officeServer } = demo
  const access = { url: facts.url, apiKey: tenant.apiKey }
  say(`For ${tenant.name} an agent sends mail. Their policy lets it reach two domains, and whoever`)
  say("approves a message signs for it with an authenticator: a passkey, a phone or a security key.")
  if (mailing.reviewer === null) say("Without one yet, add it under your name, Account, Authenticators.")
  say()
  return await inRun(access, mailRequest, async (runId) => {
    const narrator = createNarrator({
      ...mailing,
      say,
      watch: watchRun({ ...access, runId }),
      votes: [
        { decision: "deny", reason: "A script has no authenticator to sign with, so it lets nothing leave." },
      ],
    })
    return await sendOffer({
      surroundings: demo,
      narrator,
      server: officeServer,
      access: { ...access, runId },
      state: mailing.state,
    })
  })
}

type Told = Readonly<{
  reviewer: Reviewer | null
  watch: Watch
  total: number
  tenantId: string
}>

/** The agent at work: first on the website, then, if it may go on, in the CRM. */
async function accompany(demo: Demo, { tenantId, ...told }: Told, places: Site): Promise<Result[]> {
  const { say } = demo
  const contacts = crmTasks(tenantId)
  const narrator = createNarrator({ ...told, say, votes: websiteVotes })

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

/** With --auto: the first is approved, the second denied, the rest approved. */
const websiteVotes: readonly Vote[] = [
  { decision: "approve" },
  { decision: "deny", reason: "The practice has not confirmed the list of insurers yet. Ask them first." },
]

const runRequest = {
  environment: "prod",
  workflow: "website-care",
  step: "ticket-4411",
  actor: { agent: "website-agent", model: "scripted" },
} as const

const mailRequest = {
  environment: "prod",
  workflow: "offers",
  step: "ticket-4413",
  actor: { agent: "offer-agent", model: "scripted" },
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
