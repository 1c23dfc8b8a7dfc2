import { randomBytes, randomUUID } from "node:crypto"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { tmpdir } from "node:os"
import path from "node:path"
import { getRequestListener } from "@hono/node-server"
import { encode } from "next-auth/jwt"
import pg from "pg"
import { csrfTokenOf } from "@/lib/auth/csrf"
import { runtime } from "@/lib/env/runtime"
import { createApi } from "@/lib/http/app"
import { signIn } from "@/lib/members/sign-in.service"
import { listenForChanges } from "@/lib/notifications/notifier"
import { seedDemo, type SeededDemo } from "@/prisma/seed/demo"
import { buildDiffWorker } from "../unit/changes/built-diff-worker"
import { freshDatabase } from "./database"
import { startTestRuntime } from "./runtime"

/** The REST app on a real port over a fresh database with the demo agency in it. */
export type TestApi = Readonly<{
  url: string
  demo: SeededDemo
  /** The same database as its owner: to look, and to break things on purpose. */
  owner: pg.Client
  /** The role that serves, outside of any bound transaction. */
  app: pg.Pool
  logs: () => string
  as: (role: string) => Promise<Caller>
  key: (tenant?: number) => Caller
  close: () => Promise<void>
}>

/** Sends requests as one key or one session. */
export type Caller = Readonly<{
  headers: Readonly<Record<string, string>>
  get: (path: string) => Promise<Reply>
  post: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>
  put: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>
  patch: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>
  delete: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>
}>

export type Reply = Readonly<{ status: number; body: any; text: string; headers: Headers }>

/** What stands between the API and its database; nothing, unless a test puts a pooler there. */
type Between = (appUrl: string) => Promise<Readonly<{ url: string; isPooled: boolean }>>

export async function startApi(
  seed: () => Promise<SeededDemo> = seedDemo,
  between?: Between,
): Promise<TestApi> {
  const database = await freshDatabase()
  const way = await between?.(database.appUrl)
  const logs: string[] = []
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const port = portOf(server)
  const rootDir = rootWithDiffWorker()
  const process = startTestRuntime(database.appUrl, {
    port,
    rootDir,
    onLog: (line) => void logs.push(line),
    ...(way && { pooled: way }),
  })
  const answer = getRequestListener(createApi().fetch)
  const listening = listenForChanges()
  const demo = await seed()
  const owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  const url = `http://127.0.0.1:${port}`

  return {
    url,
    demo,
    owner,
    app: process.pool,
    logs: () => logs.join("\n"),
    as: (role) => sessionCaller(url, demo, role),
    key: (tenant = 0) => caller(url, { authorization: `Bearer ${demo.tenants[tenant]?.apiKey ?? ""}` }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await owner.end()
      await process.stop()
      await listening
      await database.close()
      rmSync(rootDir, { recursive: true, force: true })
    },
  }
}

export function caller(url: string, headers: Record<string, string>): Caller {
  const send = async (method: string, target: string, body?: unknown, more: Record<string, string> = {}) => {
    const raw = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body)
    const response = await fetch(url + target, {
      method,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(target === "/api/v1/tool-calls" ? { "idempotency-key": randomUUID() } : {}),
        ...more,
      },
      ...(body === undefined ? {} : { body: raw as string }),
    })
    const text = await response.text()
    return { status: response.status, text, headers: response.headers, body: readJson(text) }
  }

  return {
    headers,
    get: (target) => send("GET", target),
    post: (target, body, more) => send("POST", target, body, more),
    put: (target, body, more) => send("PUT", target, body, more),
    patch: (target, body, more) => send("PATCH", target, body, more),
    delete: (target, body, more) => send("DELETE", target, body, more),
  }
}

async function sessionCaller(url: string, demo: SeededDemo, role: string): Promise<Caller> {
  const person = demo.people.find((candidate) => candidate.role === role)
  if (person === undefined) throw new Error(`The demo has no ${role}.`)

  const { sessionId } = await signIn({ ...person, address: "127.0.0.1" })
  return callerOfSession(url, sessionId)
}

/** A browser's headers for a session: its cookie, our own origin, its CSRF token. */
export async function callerOfSession(url: string, sessionId: string): Promise<Caller> {
  const token = await encode({ token: { sessionId }, secret: runtime().secrets.sessionSecret })

  return caller(url, {
    cookie: `next-auth.session-token=${token}`,
    origin: url,
    "sec-fetch-site": "same-origin",
    "x-csrf-token": csrfTokenOf(sessionId),
  })
}

/** The same over a database in which nobody is yet. */
export function startEmptyApi(): Promise<TestApi> {
  return startApi(() => Promise.resolve({ people: [], tenants: [] }))
}

/** Somebody without a session, on a page of ours. */
export function visitor(url: string): Caller {
  return caller(url, { origin: url, "sec-fetch-site": "same-origin" })
}

/** A nonce for consume. */
export function newNonce(): string {
  return randomBytes(32).toString("hex")
}

/** A folder that holds the built worker, and the docs and packages where a checkout has them. */
export function rootWithDiffWorker(): string {
  const root = mkdtempSync(path.join(tmpdir(), "deltaseal-root-"))
  mkdirSync(path.join(root, "dist"))
  writeFileSync(path.join(root, "package.json"), '{ "type": "module" }')
  copyFileSync(buildDiffWorker(), path.join(root, "dist", "diff-worker.js"))
  for (const folder of ["docs", "node_modules"]) symlinkSync(path.resolve(folder), path.join(root, folder))

  return root
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("The server has no port.")

  return address.port
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
