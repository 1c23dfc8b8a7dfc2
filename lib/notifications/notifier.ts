import { randomUUID } from "node:crypto"
import pg from "pg"
import { runtime } from "@/lib/env/runtime"

/** That an approval changed. Ids only: whoever hears it reads again, and is authorised again. */
export type ChangeNotice = Readonly<{ tenantId: string; approvalId: string; runId: string }>

type Listener = (notice: ChangeNotice) => void

const channel = "deltaseal_change"

/** Tells our own notices from those of other nodes: we delivered ours when they were made. */
const nodeId = randomUUID()

/**
 * How long notices for other nodes gather before one NOTIFY carries them all
 * (milliseconds). Nobody notices this much, and a NOTIFY costs a transaction,
 * which at a few hundred requests a second every other one of them would pay.
 */
const gatherMs = 50

/** PostgreSQL refuses payloads of 8,000 bytes; a notice is under 130. */
const noticesPerPayload = 50

const reconnectAfterMs = 1_000

const listeners = new Set<Listener>()
const gapListeners = new Set<() => void>()
let gathered: ChangeNotice[] = []

/** Hears every change on every node from now on; the answer stops it. A notice can be lost: re-check slowly too. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener)

  return () => void listeners.delete(listener)
}

/** Hears that notices of other nodes may have been missed: this one listens again after it did not. */
export function onGap(listener: () => void): () => void {
  gapListeners.add(listener)

  return () => void gapListeners.delete(listener)
}

/** Tells every node, this one at once. Called after the commit, so that nobody reads the old state. */
export function notifyChange(notice: ChangeNotice): void {
  deliver(notice)
  gathered.push(notice)
  if (gathered.length === 1) setTimeout(() => void flush(), gatherMs)
}

/** Listens to the other nodes for as long as the process runs; reconnects when the connection breaks. */
export async function listenForChanges(): Promise<void> {
  const { directUrl, stopping, logger } = runtime()
  let wasCut = false
  while (!stopping.aborted) {
    const client = new pg.Client({ connectionString: directUrl, keepAlive: true })
    try {
      await hold(client, stopping, () => {
        if (wasCut) for (const listener of gapListeners) listener()
      })
    } catch (error) {
      wasCut = true
      logger.warn({ err: error }, "the notification listener lost its connection")
      await new Promise((resolve) => setTimeout(resolve, reconnectAfterMs).unref())
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

async function hold(client: pg.Client, stopping: AbortSignal, onListening: () => void): Promise<void> {
  await client.connect()
  client.on("notification", ({ payload }) => {
    for (const notice of readPayload(payload)) deliver(notice)
  })
  await client.query(`LISTEN ${channel}`)
  onListening()
  await new Promise<void>((resolve, reject) => {
    client.on("error", reject)
    client.once("end", () => reject(new Error("the connection ended")))
    stopping.addEventListener("abort", () => resolve(), { once: true })
    if (stopping.aborted) resolve()
  })
}

async function flush(): Promise<void> {
  const notices = gathered
  gathered = []
  const { pool, logger } = runtime()
  for (let start = 0; start < notices.length; start += noticesPerPayload) {
    const payload = JSON.stringify({ from: nodeId, notices: notices.slice(start, start + noticesPerPayload) })
    await pool.query("SELECT pg_notify($1, $2)", [channel, payload]).catch((error: unknown) => {
      logger.warn({ err: error }, "a change notice was lost; waiters find it when they re-check")
    })
  }
}

function deliver(notice: ChangeNotice): void {
  for (const listener of listeners) listener(notice)
}

/** Whoever may connect may also notify: what no node of ours wrote is nothing to us. */
function readPayload(payload: string | undefined): ChangeNotice[] {
  try {
    const { from, notices } = JSON.parse(payload ?? "{}") as Readonly<{ from?: unknown; notices?: unknown }>
    return from !== nodeId && Array.isArray(notices) ? notices.filter(isNotice) : []
  } catch {
    return []
  }
}

function isNotice(value: unknown): value is ChangeNotice {
  if (typeof value !== "object" || value === null) return false
  const { tenantId, approvalId, runId } = value as Record<string, unknown>

  return [tenantId, approvalId, runId].every((id) => typeof id === "string")
}
