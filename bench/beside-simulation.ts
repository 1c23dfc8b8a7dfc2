import { Agent } from "node:http"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setTimeout as wait } from "node:timers/promises"
import pg from "pg"
import { createPool } from "@/lib/db/pool"
import { nobodyWatches } from "@/lib/db/watch/watch"
import { readConfig } from "@/lib/env/config"
import { setRuntime } from "@/lib/env/runtime"
import { keptSecrets } from "@/lib/env/secrets"
import { createLogger } from "@/lib/observability/logger"
import { newId } from "@/lib/operations/new-id"
import { simulateSome } from "@/lib/simulations/running.service"
import { measuredApi, type MeasuredApi } from "./api-child"
import { send } from "./load"
import { createShot } from "./shots"

/**
 * How long the event loop of a process is held by a simulation over 5,000
 * recorded calls, a policy of 20 rules with conditions being asked: what every
 * request of that process may have to wait for, beside what an idle one is held.
 */
const distinct = 200
const inOneRun = 50
const total = 5_000
const rounds = 3

await measuredApi(async (api) => {
  const { hostname, port } = new URL(api.origin)
  const agent = new Agent({ keepAlive: true })
  let runId = ""
  for (let at = 0; at < distinct; at += 1) {
    if (at % inOneRun === 0) runId = await api.openRun()
    await send({ agent, hostname, port }, createShot(api.headers, runId))
  }
  agent.destroy()
  const pool = createPool({ url: api.postgres.appUrl, onError: () => undefined })
  setRuntime({
    config: readConfig({ NODE_ENV: "production" }, process.cwd()),
    secrets: await keptSecrets(api.dataDir),
    logger: createLogger({ level: "warn" }),
    pool,
    directUrl: api.postgres.appUrl,
    isPooled: false,
    watch: nobodyWatches,
    stopping: new AbortController().signal,
  })
  await measure(api)
  await pool.end()
})

async function measure({ postgres }: MeasuredApi): Promise<void> {
  const su = new pg.Client({ connectionString: postgres.superuserUrl })
  await su.connect()
  const { rows } = await su.query<{ tenantId: string }>(
    `SELECT tenant_id AS "tenantId" FROM tool_call LIMIT 1`,
  )
  const tenantId = rows[0]?.tenantId ?? ""
  await su.query(
    `INSERT INTO tool_call SELECT again.* FROM unnest($1::text[]) WITH ORDINALITY AS ids(id, at)
     JOIN (SELECT to_jsonb(c) AS call, row_number() OVER (ORDER BY call_id) AS at FROM tool_call c) AS one
       ON one.at = 1 + ids.at % $2
     CROSS JOIN jsonb_populate_record(NULL::tool_call, call || jsonb_build_object('call_id', id)) AS again`,
    [Array.from({ length: total - distinct }, () => newId("call")), distinct],
  )
  await su.query("ANALYZE")

  const idle = await held(() => wait(1_000))
  for (let round = 0; round <= rounds; round += 1) {
    await su.query(
      `INSERT INTO policy_simulation (tenant_id, simulation_id, text, days, from_call_id, until_call_id, total, started_by_id)
       VALUES ($1, $2, $3, 30, 'call_', 'call_8', $4, 'per_bench')`,
      [tenantId, newId("simulation"), draft(), total],
    )
    const started = performance.now()
    const found = await held(async () => {
      while (await isUnderWay(su)) await simulateSome(tenantId)
    })
    // The first round only warms up.
    if (round > 0) print(found, idle, performance.now() - started)
  }
  await su.end()
}

async function isUnderWay(su: pg.Client): Promise<boolean> {
  return ((await su.query("SELECT 1 FROM policy_simulation WHERE status = 'running'")).rowCount ?? 0) > 0
}

/** 20 rules that concern each call, and limits that some of them reach. */
function draft(): string {
  const rules = Array.from(
    { length: 20 },
    (_, index) =>
      `  - name: rule-${index}\n    when: 'change.deletes == 0 && change.added < ${index + 1}'\n    effect: require_approval\n`,
  )
  return `version: 1\nrules:\n${rules.join("")}limits: {run: {toolCalls: 2000}}\n`
}

type Held = Readonly<{ p50: number; p99: number; max: number }>

/** Milliseconds that the loop was late, sampled each millisecond. */
async function held(work: () => Promise<unknown>): Promise<Held> {
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  await work()
  loop.disable()
  const inMs = (nanoseconds: number) => nanoseconds / 1e6

  return { p50: inMs(loop.percentile(50)), p99: inMs(loop.percentile(99)), max: inMs(loop.max) }
}

function print(found: Held, idle: Held, tookMs: number): void {
  const line = ({ p50, p99, max }: Held) =>
    `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms`
  console.log(
    `simulating ${total} calls in ${(tookMs / 1_000).toFixed(1)} s: ${line(found)} (idle: ${line(idle)})`,
  )
}
