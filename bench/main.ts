import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"
import pg from "pg"
import { measuredApi, startChild, stopChild, type MeasuredApi } from "./api-child"
import { connections, throughput, type Shot } from "./load"
import { consumeShot, createShot, floorShot, pollShot, type Pending } from "./shots"

const rounds = 5
const perRound = { create: 600, poll: 1_500, consume: 600 } as const
type Call = keyof typeof perRound
const calls: readonly Call[] = ["create", "poll", "consume"]

/** Requests a second of the REST app, of the bare handler and of pgbench, in turns, over one database. */
type Figures = Record<Call, { api: number[]; handler: number[]; pgbench: number[] }>

await measuredApi(async (api) => print(await measure(api)))

async function measure({ origin, headers, openRun, postgres }: MeasuredApi): Promise<Figures> {
  const { superuserUrl } = postgres
  await inDatabase(superuserUrl, await readFile("bench/floor/schema.sql", "utf8"))
  const floor = await startChild("dist/bench/floor-server.js", [superuserUrl])
  const figures: Figures = { create: empty(), poll: empty(), consume: empty() }
  const runIds = await Promise.all(Array.from({ length: connections }, openRun))

  try {
    for (let round = 0; round <= rounds; round += 1) {
      const asked = Array.from({ length: perRound.create }, (_, index) =>
        createShot(headers, nth(runIds, index)),
      )
      const creating = await throughput(origin, asked, 202)
      const pending = await approveAll(superuserUrl)
      const polls = Array.from({ length: perRound.poll }, (_, index) =>
        pollShot(headers, nth(pending, index)),
      )
      const polling = await throughput(origin, polls, 200)
      const consuming = await throughput(
        origin,
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
    await stopChild(floor.child)
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

/** Votes are not measured: the decision is written by the superuser, who is past every policy. */
async function approveAll(superuserUrl: string): Promise<Pending[]> {
  const rows = await inDatabase(
    superuserUrl,
    `UPDATE approval SET status = 'approved', use_by = clock_timestamp() + interval '1 hour'
     WHERE status = 'pending' RETURNING approval_id AS "approvalId", change_hash AS "changeHash", run_id AS "runId"`,
  )

  return rows.map((row) => row as Pending)
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
