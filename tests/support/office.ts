import { execFile } from "node:child_process"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { text } from "node:stream/consumers"
import { promisify } from "node:util"
import { DeltasealClient } from "@deltaseal/guard"
import { toolHash } from "@deltaseal/guard/change"
import { SMTPServer } from "smtp-server"
import { vi } from "vitest"
import { connectAgent, type Agent } from "@/examples/agent/agent"
import { signInReviewer } from "@/examples/demo/reviewer"
import { watchRun, type Pending } from "@/examples/demo/watch"
import { canConfine } from "@/examples/office-server/report"
import registered from "@/examples/office-server/tools.json"
import { ownEnvironment, type TestServer } from "./server"

/** A message as a mail server got it. */
export type Received = Readonly<{ from: string; to: readonly string[]; text: string }>
export type Posted = Readonly<{ body: string; key: string | undefined }>

/** The real office server with a folder, a mail server and an endpoint of its own. */
export type OfficeSite = Readonly<{
  runId: string
  mail: readonly Received[]
  posts: readonly Posted[]
  /** Empties the mail box and the list of posts. */
  forget: () => void
  connect: () => Promise<Agent>
  read: (file: string) => Promise<string | null>
  nextPending: () => Promise<Pending>
  close: () => Promise<void>
}>

/** As the server does by itself; a machine that has no namespaces to give cannot show that, but all the rest. */
const namespace = ["/usr/bin/unshare", "--map-root-user", "--net", "--"]

const program = "dist/examples/office-server.js"

/** The policy of the example's README: two of its tools act outside of the house. */
const policy = `version: 1
rules:
  - name: tier-defaults
    effect: tier_default
  - name: mail
    match: { server: [office], tool: [send_email] }
    effect: tier_default
    live: true
    recipients: { domains: [acme.example, acne.example, northwind.example] }
  - name: hook
    match: { server: [office], tool: [call_hook] }
    effect: tier_default
    live: true
`

/** Registers the tools as a reader of the README would, and has the owner accept and allow them under a policy. */
export async function registerOffice({ url, apiKey, facts, person }: TestServer): Promise<void> {
  const env = ownEnvironment({ DELTASEAL_URL: url, DELTASEAL_API_KEY: apiKey })
  await promisify(execFile)(process.execPath, [program, "--register"], { env })
  const owner = await signInReviewer(url, person("owner"))
  const tenant = `/api/v1/tenants/${facts.tenants[0]?.tenantId ?? ""}`
  for (const { tier, definition } of registered.tools) {
    const definitionHash = toolHash(definition)
    const place = `${registered.server}/${definition.name}`
    await owner.write("POST", `${tenant}/tools/${place}/${registered.version}/accept`, {
      definitionHash,
      tier,
    })
    await owner.write("PUT", `${tenant}/allowances/dev/${place}`, { patchPaths: ["/replicas"] })
  }
  await owner.write("POST", `${tenant}/policies`, { text: policy, basedOn: 1, note: "What leaves the house" })
}

export async function openOffice({ url, apiKey }: TestServer, via = url): Promise<OfficeSite> {
  const base = await mkdtemp(path.join(tmpdir(), "deltaseal-office-"))
  for (const folder of ["files", "configs"]) await mkdir(path.join(base, folder))
  await writeFile(path.join(base, "files/a b.txt"), "one\ntwo\n")
  await writeFile(path.join(base, "files/c.txt"), "three\n")
  await writeFile(path.join(base, "configs/app.yaml"), "replicas: 2 # for now\n")

  const mailServer = await startMailServer()
  const endpoint = await startEndpoint()
  const actor = { agent: "office-agent" }
  const { runId } = await new DeltasealClient({ url, apiKey }).openRun({
    environment: "dev",
    workflow: "office",
    actor,
  })
  const watch = watchRun({ url, apiKey, runId })
  const agents: Agent[] = []
  const env = {
    DELTASEAL_URL: via,
    DELTASEAL_ISSUER: url,
    DELTASEAL_API_KEY: apiKey,
    DELTASEAL_RUN_ID: runId,
    DELTASEAL_STATE_DIR: path.join(base, "guard"),
    OFFICE_FOLDER: path.join(base, "files"),
    OFFICE_CONFIG_FOLDER: path.join(base, "configs"),
    OFFICE_SMTP_URL: mailServer.url,
    OFFICE_FROM: "office@northwind.example",
    OFFICE_PROGRAMS: "/usr/bin/wc,/usr/bin/env",
    ...((await canConfine(namespace)) ? {} : { OFFICE_SANDBOX: "/usr/bin/env" }),
    OFFICE_HOOK_URL: endpoint.url,
  }

  return {
    runId,
    mail: mailServer.received,
    posts: endpoint.posts,
    forget: () => {
      mailServer.received.length = 0
      endpoint.posts.length = 0
    },
    connect: async () => {
      const agent = await connectAgent({ command: process.execPath, args: [program], env })
      agents.push(agent)
      return agent
    },
    read: async (file) => await readFile(path.join(base, file), "utf8").catch(() => null),
    nextPending: async () =>
      await vi.waitFor(
        async () => {
          const pending = await watch.nextPending()
          if (pending === undefined) throw new Error("Nothing waits for a decision.")
          return pending
        },
        { timeout: 20_000, interval: 50 },
      ),
    close: async () => {
      await Promise.all(agents.map(async (agent) => await agent.close()))
      await mailServer.close()
      await endpoint.close()
      await rm(base, { recursive: true, force: true })
    },
  }
}

async function startMailServer() {
  const received: Received[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    onData: (stream, { envelope }, done) => {
      void text(stream).then((body) => {
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address
        received.push({ from, to: envelope.rcptTo.map(({ address }) => address), text: body })
        done()
      })
    },
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const { port } = server.server.address() as AddressInfo

  return {
    received,
    url: `smtp://127.0.0.1:${port}`,
    close: async () => {
      await new Promise<void>((done) => {
        server.close(() => {
          done()
        })
      })
    },
  }
}

async function startEndpoint() {
  const posts: Posted[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      posts.push({ body, key: request.headers["idempotency-key"]?.toString() })
      response.writeHead(202).end()
    })
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const { port } = server.address() as AddressInfo

  return {
    posts,
    url: `http://127.0.0.1:${port}/events`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
