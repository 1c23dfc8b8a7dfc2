import { afterAll, beforeAll, expect, test } from "vitest"
import pg from "pg"
import { startCluster, type Cluster } from "../support/api-processes"
import {
  cancelling,
  closing,
  perform,
  reading,
  reporting,
  spending,
  voting,
  withdrawing,
  type Deed,
} from "../support/deeds"
import {
  installCopies,
  openCase,
  openLane,
  restoreTool,
  surroundings,
  type Case,
  type Lane,
  type Start,
} from "../support/lane"
import type { Answered } from "../support/lifecycle-history"
import { copyOf } from "../support/lifecycle-model"
import { installPauses } from "../support/pauses"

/** Whatever two of these do at the same time must be what one after the other would do. */
const operations: Readonly<Record<string, (of: Case) => Deed>> = {
  "vote approve": () => voting("first", "approve"),
  "second approves": () => voting("second", "approve"),
  withdraw: () => withdrawing("admin"),
  "vote deny": () => voting("second", "deny"),
  "cancel by key": () => cancelling("asking"),
  "cancel by admin": () => cancelling("admin"),
  "consume same nonce": () => spending("asking", 1),
  "consume other nonce": () => spending("asking", 2),
  outcome: () => reporting("asking", "applied"),
  "close run": () => closing,
  ...surroundings,
}

const names = Object.keys(operations)
const pairs = names.flatMap((a) => names.map((b) => [a, b] as const))
const isVote = (name: string) => ["vote approve", "second approves", "vote deny"].includes(name)

/** After each statement in `npm run test:interleavings`; in `npm test`, which has little time, after every eighth. */
const stride = Number(process.env["INTERLEAVED_STRIDE"] ?? 8)

let cluster: Cluster
let lanes: readonly Lane[]
/** What `expire` runs on in each lane. */
const clocks = new Map<Lane, pg.Client>()

beforeAll(async () => {
  cluster = await startCluster(1)
  const { su } = cluster.installation
  await installPauses(su)
  await installCopies(su)
  lanes = await Promise.all([1, 2, 3].map((number) => openLane(cluster, number)))
  for (const lane of lanes) {
    await restoreTool(lane)
    const clock = new pg.Client({ connectionString: cluster.superuserUrl })
    await clock.connect()
    clocks.set(lane, clock)
  }
})

afterAll(async () => {
  await Promise.all([...lanes.map(({ su }) => su), ...clocks.values()].map((client) => client.end()))
  await cluster.close()
})

test("every ordered pair, the first stopped after its statements: one after the other explains it", async () => {
  const left = [...pairs]
  /** How many stops an operation has, once that is known. */
  const statements = new Map<string, number>()
  const wrong: string[] = []
  let tried = 0
  const worker = async (lane: Lane) => {
    for (let pair = left.pop(); pair !== undefined; pair = left.pop()) {
      const kind = `${pair[0]} ${startOf(pair)}`
      for (let at = 0; at < (statements.get(kind) ?? Infinity); at += stride) {
        const tale = await meet(lane, pair, at)
        if (!tale.isStopped) statements.set(kind, at)
        tried += 1
        if (!tale.isExplained) wrong.push(`${pair.join(", ")} at ${at}: ${tale.answers.join(", ")}`)
      }
    }
  }
  await Promise.all(lanes.map(worker))

  expect(wrong).toEqual([])
  expect(tried).toBeGreaterThan((pairs.length * 3) / stride)
  expect(cluster.errors()).toBe("")
}, 600_000)

type Tale = Readonly<{ isStopped: boolean; isExplained: boolean; answers: readonly unknown[] }>

/** The first stops at a statement of its; the second runs to its end or into a lock; the first goes on. */
async function meet(lane: Lane, pair: readonly [string, string], at: number): Promise<Tale> {
  if (pair.includes("tool changed")) await restoreTool(lane)
  const of = await openCase(lane, startOf(pair), new Set(pair))
  const { pauses } = lane
  const [first, second] = pair.map((name) => operations[name]?.(of))
  if (first === undefined || second === undefined) throw new Error("There are no such operations.")
  const means = { crowd: of.crowd, su: clocks.get(lane) ?? lane.su }

  await pauses.arm(at)
  const one = perform(first, means, of.target)
  const isStopped = await pauses.stopped(one)
  await pauses.disarm()
  // What is stopped holds the lane's clock, should it be the time that passes.
  const other = perform(
    second,
    second.name === first.name ? { ...means, su: cluster.installation.su } : means,
    of.target,
  )
  if (isStopped) await pauses.overOrWaiting(other)
  await pauses.release()
  const done = [await one, await other]
  if (pair.includes("tool changed")) await restoreTool(lane)
  // Nothing was done for want of time: once more.
  if (done.includes(null)) return meet(lane, pair, at)

  const seen = await perform(reading("auditor"), means, of.target)
  const answers = [...done, seen]
  const isExplained = [done, done.toReversed()].some((order) => fits(of, [...order, seen], pair))
  return { isStopped, isExplained, answers: answers.map((answered) => answered?.answer) }
}

/** Whether the answers, in this order, are the model's. */
function fits({ model }: Case, order: readonly (Answered | null)[], pair: readonly string[]): boolean {
  const approval = copyOf(model)
  const isAnswer = (answered: Answered | null) => {
    const expected = answered?.act.model(approval)
    return answered?.answer === expected || isLostAnswer(pair, answered)
  }
  if (order.every(isAnswer)) return true

  // A vote that was being cast while its voter left stands, and counts for nothing.
  if (!pair.includes("member removed") || !pair.includes("vote approve")) return false
  const uncounted = copyOf(model)
  uncounted.voters.add("first")
  return order.at(-1)?.answer === order.at(-1)?.act.model(uncounted)
}

/** Who loses the right to ask while they are asking may be refused the sight of what they did, done or not. */
function isLostAnswer(pair: readonly string[], answered: Answered | null): boolean {
  const { act, answer } = answered ?? {}
  if (pair.includes("member removed"))
    return act?.name.startsWith("first:") === true && answer === "not_found"
  if (!pair.includes("key revoked")) return false
  const isOfKey = act?.name.startsWith("asking:") === true || act?.name === closing.name
  return isOfKey && (answer === "unauthenticated" || answer === "approval_closed")
}

/** As both operations can do most. */
function startOf(pair: readonly string[]): Start {
  if (pair.includes("outcome")) return "consumed"
  if (pair.includes("withdraw")) return "approved"
  if (pair.every(isVote)) return "pendingForTwo"
  return pair.some(isVote) ? "pending" : "approved"
}
