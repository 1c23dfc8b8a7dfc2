import { Agent } from "node:http"
import { measuredApi } from "./api-child"
import { send, type Shot } from "./load"
import { asNewCall, createShot, pollShot, quadraticShot } from "./shots"

/**
 * What other requests wait for while long diffs are computed: small creates and
 * polls, one after the other on a few connections, with and without somebody
 * who asks for quadratic diffs of 20,000 lines all the while. In turns, so that
 * a busy machine is busy for both.
 */
const rounds = 4
const perRound = 40
const pairs = 2
const askers = 2

type Waits = Record<"create" | "poll", number[]>
type Target = Parameters<typeof send>[0]

await measuredApi(async ({ origin, headers, openRun }) => {
  const { hostname, port } = new URL(origin)
  const target = { agent: new Agent({ keepAlive: true }), hostname, port }
  const [alone, beside]: [Waits, Waits] = [empty(), empty()]
  let diffs = 0
  for (let round = 0; round <= rounds; round += 1) {
    const quiet = await waits(target, headers, openRun)
    const asking = askForDiffs(target, quadraticShot(headers, await openRun()))
    const loaded = await waits(target, headers, openRun)
    diffs += await asking.stop()
    if (round === 0) continue
    for (const call of ["create", "poll"] as const) {
      alone[call].push(...quiet[call])
      beside[call].push(...loaded[call])
    }
  }
  target.agent.destroy()
  print(alone, beside, diffs)
})

/** Milliseconds that each request took. */
async function waits(
  target: Target,
  headers: Record<string, string>,
  openRun: () => Promise<string>,
): Promise<Waits> {
  const found = empty()
  const timed = async (call: "create" | "poll", shot: Shot, status: number): Promise<string> => {
    const started = performance.now()
    const answer = await send(target, shot)
    found[call].push(performance.now() - started)
    if (answer.status !== status) throw new Error(`${shot.path}: ${answer.status} ${answer.text}`)
    return answer.text
  }
  const pair = async () => {
    const runId = await openRun()
    for (let at = 0; at < perRound; at += 1) {
      const created = JSON.parse(await timed("create", createShot(headers, runId), 202)) as {
        approval: { approvalId: string; changeHash: string }
      }
      await timed("poll", pollShot(headers, { ...created.approval, runId }), 200)
    }
  }
  await Promise.all(Array.from({ length: pairs }, pair))

  return found
}

/** Asks for the same long diff again and again until it is told to stop; answers how many came back. */
function askForDiffs(target: Target, shot: Shot): Readonly<{ stop: () => Promise<number> }> {
  let isOver = false
  let done = 0
  const one = async () => {
    while (!isOver) {
      const { status, text } = await send(target, asNewCall(shot))
      if (status !== 202) throw new Error(text)
      done += 1
    }
  }
  const all = Promise.all(Array.from({ length: askers }, one))

  return {
    stop: async () => {
      isOver = true
      await all
      return done
    },
  }
}

function empty(): Waits {
  return { create: [], poll: [] }
}

function print(alone: Waits, beside: Waits, diffs: number): void {
  const rows = (["create", "poll"] as const).flatMap((call) =>
    [0.5, 0.99].map((share) => {
      const [without, with_] = [quantile(alone[call], share), quantile(beside[call], share)]
      const name = `${call} p${share * 100}`.padEnd(11)
      return `${name} ${without.toFixed(1).padStart(8)} ms ${with_.toFixed(1).padStart(10)} ms ${(with_ / without).toFixed(2).padStart(8)}`
    }),
  )
  const count = alone.poll.length
  process.stdout.write(
    `\n${count} of each, ${pairs} connections; meanwhile ${diffs} diffs for ${askers} askers.\n\n` +
      `               alone  beside diffs    ratio\n${rows.join("\n")}\n\n`,
  )
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)

  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
