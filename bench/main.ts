import { execFile, fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import pg from "pg"
import { startEmbeddedPostgres, type EmbeddedPostgres } from "@/lib/db/embedded/embedded-postgres"
import { migrate } from "@/lib/db/migrate"
import { connections, send, throughput, type Shot } from "./load"
import { consumeShot, createShot, floorShot, pollShot, type Pending } from "./shots"
import { Agent } from "node:http"

const rounds = 5
const perRound = { create: 600, poll: 1_500, consume: 600 } as const
type Call = keyof typeof perRound
const calls: readonly Call[] = ["create", "poll", "consume"]

/** Requests a second of the REST app, of the bare handler and of pgbench, in turns, over one database. */
type Figures = Record<Call, { api: number[]; handler: number[]; pgbench: number[] }>

const dataDir = await mkdtemp(path.join(tmpdir(), "deltaseal-bench-"))
const postgres = await startEmbeddedPostgres({
  dataDir,
  passwords: { superuser: "bench", owner: "bench", app: "bench" },
})
try {
  print(await measure(postgres))
} finally {
  await postgres.stop()
  await rm(await realpath(path.join(dataDir, "postgres")), { recursive: true, force: true })
  await rm(dataDir, { recursive: true, force: true })
}

async function measure({ ownerUrl, appUrl, superuserUrl }: EmbeddedPostgres): Promise<Figures> {
  await migrate(ownerUrl, path.resolve("prisma/migrations"))
  await inDatabase(superuserUrl, await readFile("bench/floor/schema.sql", "utf8"))
  const api = await startChild("dist/bench/api-server.js", [appUrl, dataDir])
  const floor = await startChild("dist/bench/floor-server.js", [superuserUrl])
  const headers = { authorization: `Bearer ${api.apiKey ?? ""}`, "content-type": "application/json" }
  const figures: Figures = { create: empty(), poll: empty(), consume: empty() }

  try {
    const runId = await openRun(api.origin, headers)
    for (let round = 0; round <= rounds; round += 1) {
      const asked = Array.from({ length: perRound.create }, () => createShot(headers, runId))
      const creating = await throughput(api.origin, asked, 202)
      const pending = await approveAll(superuserUrl, runId)
      const polls = Array.from({ length: perRound.poll }, (_, index) =>
        pollShot(headers, nth(pending, index)),
      )
      const polling = await throughput(api.origin, polls, 200)
      const consuming = await throughput(
        api.origin,
        pending.slice(0, perRound.consume).map((one) => consumeShot(headers, one)),
        200,
      )
      const ours = { create: creating, poll: polling, consume: consuming }
      for (const call of calls) {
        const handler = await throughput(floor.origin, repeated(floorShot(call), perRound[call]), 200)
        const bench = await pgbench(superuserUrl, call)
        // The first round only warms up, and lets PostgreSQL know its tables as autovacuum would within a minute.
        if (round === 0) await inDatabase(superuserUrl, "ANALYZE")
        if (round === 0) continue
        figures[call].api.push(ours[call])
        figures[call].handler.push(handler)
        if (bench !== null) figures[call].pgbench.push(bench)
      }
    }
  } finally {
    await Promise.all([stop(api.child), stop(floor.child)])
  }

  return figures
}

function empty() {
  return { api: [] as number[], handler: [] as number[], pgbench: [] as number[] }
}

function repeated(shot: Shot, count: number): Shot[] {
  return Array.from({ length: count }, () => shot)
}

function nth<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length]
  if (item === undefined) throw new Error("Nothing is pending.")

  return item
}

async function openRun(origin: string, headers: Record<string, string>): Promise<string> {
  const { hostname, port } = new URL(origin)
  const body = JSON.stringify({ environment: "prod", workflow: "bench", actor: { agent: "bench" } })
  const target = { agent: new Agent(), hostname, port }
  const { text } = await send(target, { method: "POST", path: "/api/v1/runs", headers, body })

  return (JSON.parse(text) as { runId: string }).runId
}

/** Votes are not measured: the decision is written by the superuser, who is past every policy. */
async function approveAll(superuserUrl: string, runId: string): Promise<Pending[]> {
  const rows = await inDatabase(
    superuserUrl,
    `UPDATE approval SET status = 'approved', use_by = clock_timestamp() + interval '1 hour'
     WHERE status = 'pending' RETURNING approval_id AS "approvalId", change_hash AS "changeHash"`,
  )

  return rows.map((row) => ({ ...(row as Omit<Pending, "runId">), runId }))
}

async function inDatabase(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** Transactions a second of the same file by pgbench, or null where there is none on the PATH. */
async function pgbench(url: string, call: Call): Promise<number | null> {
  const transactions = Math.ceil(perRound[call] / connections)
  const file = `bench/floor/${call}.sql`
  const args = ["-n", "-c", `${connections}`, "-j", "2", "-t", `${transactions}`, "-f", file, url]
  const ran = await promisify(execFile)("pgbench", args).catch(() => null)
  const [, tps] = /tps = ([\d.]+)/.exec(ran?.stdout ?? "") ?? []

  return tps === undefined ? null : Number(tps)
}

type Child = Readonly<{ child: ChildProcess; origin: string; apiKey?: string }>

async function startChild(file: string, args: string[]): Promise<Child> {
  const child = fork(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const [ready] = (await Promise.race([once(child, "message"), failed(child, file)])) as [
    Omit<Child, "child">,
  ]

  return { child, ...ready }
}

async function failed(child: ChildProcess, file: string): Promise<never> {
  await once(child, "exit")
  throw new Error(`${file} did not start.`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill("SIGTERM")
  await once(child, "exit")
}

function print(figures: Figures): void {
  const rows = calls.map((call) => {
    const { api, handler, pgbench: bench } = figures[call]
    const ofHandler = median(api.map((value, round) => value / (handler[round] ?? Number.NaN)))
    const ofBench =
      bench.length === 0 ? null : median(api.map((value, round) => value / (bench[round] ?? Number.NaN)))
    return [
      call.padEnd(9),
      `${median(api).toFixed(0)}/s`.padStart(9),
      `${median(handler).toFixed(0)}/s`.padStart(13),
      (bench.length === 0 ? "none" : `${median(bench).toFixed(0)}/s`).padStart(10),
      ofHandler.toFixed(2).padStart(15),
      (ofBench === null ? "none" : ofBench.toFixed(2)).padStart(15),
    ].join("")
  })

  process.stdout.write(
    `\nMedians of ${rounds} rounds, ${connections} connections, durable. Ratios are of rounds, not of medians.\n\n` +
      `             API bare handler   pgbench  API/handler (goal 0.7)  API/pgbench (at least 0.2)\n${rows.join("\n")}\n\n`,
  )
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)

  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
