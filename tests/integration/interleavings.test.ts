import { afterAll, beforeAll, expect, test } from "vitest"
import pg from "pg"
import { sweepStops } from "@/lib/stops/stops.service"
import { startCluster, type Cluster, withComplaints } from "../support/api-processes"
import { askingAgain, cancelling, closing, reporting, spending } from "../support/approval-deeds"
import { perform, targetOf, type Deed, type Target } from "../support/deeds"
import {
  installCopies,
  openCase,
  openLane,
  restoreTool,
  type Case,
  type Lane,
  type Start,
} from "../support/lane"
import { approvers, voteTooLate } from "../support/lifecycle-deciding"
import { waysOf, type Answered } from "../support/lifecycle-history"
import { copyOf, find, read, type Life, type ModelApproval } from "../support/lifecycle-model"
import { installPauses, lookoutOf } from "../support/pauses"
import {
  approvingInPart,
  breaking,
  comingBack,
  confirming,
  goingAway,
  keepingGlass,
  voting,
  votingTogether,
  withdrawing,
} from "../support/people-deeds"
import { surroundings } from "../support/surroundings"
import { secondAgency } from "../support/world"

/** Whatever two of these do at the same time must be what one after the other would do. */
const operations: Readonly<Record<string, (of: Case, turn: number) => Deed>> = {
  "vote approve": () => voting("first", "approve"),
  "second approves": () => voting("second", "approve"),
  "stand-in votes": () => voting("deputy", "approve"),
  "vote deny": () => voting("second", "deny"),
  "approve in part": (_, turn) => approvingInPart("second", `part ${turn}`),
  "decide together": ({ beside }) =>
    votingTogether("second", "all_or_nothing", { others: beside === null ? [] : [beside] }),
  "begin break-glass": () => breaking("admin"),
  "confirm break-glass": () => confirming("chief"),
  "withdraw break-glass": () => keepingGlass("admin"),
  withdraw: () => withdrawing("admin"),
  "ask again": (_, turn) => askingAgain(`again ${turn}`),
  "stand-in begins": () => goingAway,
  "stand-in ends": () => comingBack("chief"),
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
/** What people decide it by. */
const deciding = names.slice(0, names.indexOf("withdraw"))
const isDeciding = (name: string) => deciding.includes(name)

/**
 * After each statement in `npm run test:interleavings`; in `npm test`, which has little time, after every third of each
 * pair from one of the first three on, so that each has its turn sooner or later.
 */
const stride = Number(process.env["INTERLEAVED_STRIDE"] ?? 3)
/** So many pairs meet at once, each in a client of its own. */
const lanesMax = 8

let cluster: Cluster
let lanes: readonly Lane[]
let lookouts: pg.Client
/** What `expire` runs on in each lane. */
const clocks = new Map<Lane, pg.Client>()

beforeAll(async () => {
  cluster = await startCluster(2)
  const { su } = cluster.installation
  await installPauses(su)
  await installCopies(su)
  const theirs = await secondAgency({ url: cluster.urls[0] ?? "" }, su)
  lookouts = new pg.Client({ connectionString: cluster.superuserUrl })
  await lookouts.connect()
  const look = lookoutOf(lookouts)
  const numbers = Array.from({ length: lanesMax }, (_, index) => index + 1)
  lanes = await Promise.all(numbers.map((number) => openLane(cluster, { number, theirs, look })))
  for (const lane of lanes) {
    await restoreTool(lane)
    const clock = new pg.Client({ connectionString: cluster.superuserUrl })
    await clock.connect()
    clocks.set(lane, clock)
  }
}, 180_000)

afterAll(async () => {
  const clients = [lookouts, ...lanes.map(({ su }) => su), ...clocks.values()]
  await Promise.all(clients.map((client) => client.end()))
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
      const kind = [pair[0], startOf(pair), ...pair.slice(1).filter(isPrepared)].join(" ")
      const from = Math.floor(Math.random() * Math.min(stride, statements.get(kind) ?? stride))
      for (let at = from; at < (statements.get(kind) ?? Infinity); at += stride) {
        const tale = await meet(lane, pair, at)
        if (!tale.isStopped) statements.set(kind, at)
        tried += 1
        if (!tale.isExplained) wrong.push(`${pair.join(", ")} at ${at}: ${tale.answers.join(", ")}`)
      }
    }
  }
  await withComplaints(cluster, Promise.all(lanes.map(worker)))

  expect(wrong).toEqual([])
  expect(tried).toBeGreaterThan((pairs.length * 3) / stride)
  expect(cluster.errors()).toBe("")
}, 1_200_000)

type Tale = Readonly<{ isStopped: boolean; isExplained: boolean; answers: readonly unknown[] }>

/** The first stops at a statement of its; the second runs to its end or into a lock; the first goes on. */
async function meet(lane: Lane, pair: readonly [string, string], at: number): Promise<Tale> {
  if (pair.includes("tool changed")) await restoreTool(lane)
  const of = await openCase(lane, startOf(pair), new Set(pair))
  const { pauses } = lane
  const [first, second] = pair.map((name, turn) => operations[name]?.(of, turn))
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

  if (pair.includes("key revoked")) await sweepStopped(of)
  const seen = await lookAt([
    of.target,
    ...(of.beside === null ? [] : [of.beside]),
    ...madeBy([first, second], done, of),
  ])
  const isExplained = [done, done.toReversed()].some((order) => fits(of, order, { seen, pair }))
  return { isStopped, isExplained, answers: [...done.map((answered) => answered?.answer), ...seen.values()] }
}

/** What was under way as a key was revoked is gone over when it has ended, as a worker does. */
async function sweepStopped({ lane }: Case): Promise<void> {
  const { tenantId } = lane.place.ours
  await lane.su.query("UPDATE stop SET thrown_at = thrown_at - interval '1 minute' WHERE tenant_id = $1", [
    tenantId,
  ])
  await sweepStops(tenantId)
}

/** How approvals stand in the end, by the model's names. */
async function lookAt(targets: readonly Target[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await cluster.installation.su.query<{
    id: string
    status: string
    votes: number
    execution: string | null
  }>({
    name: "look at",
    text: `SELECT a.approval_id AS id, approval_status_now(a) AS status, e.status AS execution, (
        SELECT count(*)::int FROM vote v
        WHERE v.tenant_id = a.tenant_id AND v.approval_id = a.approval_id AND decision = 'approve') AS votes
      FROM approval a LEFT JOIN execution e ON e.tenant_id = a.tenant_id AND e.approval_id = a.approval_id
      WHERE a.approval_id = ANY ($1)`,
    values: [targets.map(({ approvalId }) => approvalId)],
  })
  return new Map(
    targets.map(({ name, approvalId }) => {
      const { status, votes, execution } = rows.find(({ id }) => id === approvalId) ?? {}
      return [name, `${String(status)}, ${String(votes)} for it, ${String(execution)}`]
    }),
  )
}

function asModelled(approval: ModelApproval): string {
  const { execution } = approval
  return `${read(approval)}, ${approvers(approval).length} for it, ${execution === null ? "null" : (execution.outcome ?? "started")}`
}

function madeBy(
  deeds: readonly Deed[],
  done: readonly (Answered | null)[],
  { target }: Case,
): readonly Target[] {
  return deeds.flatMap(({ makes }, turn) => {
    const made = done[turn]?.made
    return makes === undefined || made == null ? [] : [targetOf(made, { ...target, name: makes })]
  })
}

type End = Readonly<{ seen: ReadonlyMap<string, string>; pair: readonly string[] }>

/** Whether the answers, in this order, and the end that they led to are the model's. */
function fits({ life }: Case, order: readonly (Answered | null)[], { seen, pair }: End): boolean {
  const taken = new Set(order.map((answered) => answered?.act.takes))
  let lives = [copyOf(life)]
  for (const answered of order) {
    const ways = answered === null ? [] : waysOf(answered.act)
    const open = ways.slice(0, taken.has(answered?.act.tooLate?.by) ? 2 : 1)
    const isLost = isLostAnswer(pair, answered)
    lives = lives.flatMap((before) =>
      open.flatMap((model) => {
        const next = copyOf(before)
        return model(next) === answered?.answer || isLost ? [next] : []
      }),
    )
  }
  // A vote that was being cast while its voter left stands, and counts for nothing.
  if (pair.includes("member removed") && pair.includes("vote approve")) lives.push(...lives.map(tooLate))

  return lives.some((end) => [...seen].every(([name, how]) => isSo(end, name, how)))
}

function isSo(life: Life, name: string, how: string): boolean {
  const approval = find(life, name)
  return approval !== undefined && asModelled(approval) === how
}

function tooLate(life: Life): Life {
  const next = copyOf(life)
  const it = find(next, "it")
  if (it !== undefined) voteTooLate(it, "first")
  return next
}

/** Who loses the right to ask while they are asking may be refused the sight of what they did, done or not. */
function isLostAnswer(pair: readonly string[], answered: Answered | null): boolean {
  const { act, answer } = answered ?? {}
  if (pair.includes("member removed"))
    return act?.name.startsWith("it: first:") === true && answer === "not_found"
  if (!pair.includes("key revoked")) return false
  const isOfKey = act?.name.startsWith("it: asking:") === true || act?.name === `it: ${closing.name}`
  return isOfKey && (answer === "unauthenticated" || answer === "approval_closed")
}

/** Whether more than how the approval stands is made ready for it, on which what the other one does depends. */
function isPrepared(name: string): boolean {
  return name.includes("break-glass") || name.startsWith("stand-in")
}

/** As both operations can do most. */
function startOf(pair: readonly string[]): Start {
  if (pair.includes("outcome")) return "consumed"
  if (pair.includes("withdraw")) return "approved"
  if (pair.every(isDeciding)) return "pendingForTwo"
  return pair.some(isDeciding) ? "pending" : "approved"
}
