import { performance } from "node:perf_hooks"
import { askingAgain, closing, reading } from "./approval-deeds"
import type { Cluster } from "./api-processes"
import { openRun } from "./calls"
import type { Crowd } from "./crowd"
import { askFor, at, perform, targetOf, whenThereIsRoom, type Deed, type Target } from "./deeds"
import { atOnce, ends, inPart, often, reports, votes } from "./lifecycle-deeds"
import { explains, printUnexplained, type Answered } from "./lifecycle-history"
import { addApproval, newLife, type Life } from "./lifecycle-model"
import type { Observed } from "./linearizability"
import { comingBack, goingAway, showTo, votingTogether } from "./people-deeds"

/** How many operations each approval has at once. */
const width = 48

type Racing = Readonly<{
  cluster: Cluster
  /** In which nobody else races at the same time. */
  crowd: Crowd
  random: () => number
}>

type Race = Racing &
  Readonly<{
    history: Observed<Answered>[]
    /** Executions that somebody has heard of. */
    executed: Set<string>
  }>

/** How many approvals share a run, so that what is about several is about these. */
const inOneRun = 2

/** Who have all of each change on their screens. */
const readers = ["first", "admin"] as const

/** Races the approvals of one run against each other and themselves; gives what nothing explains, in words. */
export async function raceRun(racing: Racing, label: string): Promise<readonly string[]> {
  const race: Race = { ...racing, history: [], executed: new Set() }
  const life = newLife(race.random() < 0.5 ? 1 : 2)
  const targets = await begin(race, life, label)
  const standsIn = race.random() < 0.4
  const standInId = standsIn && race.random() < 0.5 ? await sendAway(race, life, targets) : null
  const given = targets.map((target) => ({ ...target, standInId: standInId ?? "" }))

  const flavour = oneOf(flavours, race.random)

  await Promise.all([
    ...jointOperations(race, given, { standsIn, isAway: standInId !== null }),
    ...given.flatMap((target) =>
      operationsOf(race, target, flavour).map((deed) => record(race, deed, target)),
    ),
  ])
  for (const target of given) await record(race, reading("auditor"), target)
  const isExplained = explains(life, race.history)
  await leave(race, given)

  return isExplained ? [] : [`${label}, ${life.needs} needed\n${printUnexplained(life, race.history)}`]
}

/** What more of it happens than usual: the first of many plain votes would leave nothing to the rest. */
const flavours = ["votes", "glass", "parts", "together"] as const
type Flavour = (typeof flavours)[number]

function operationsOf({ random }: Race, { name }: Target, flavour: Flavour): readonly Deed[] {
  const parts = inPart(`part of ${name}`).filter(() => random() < (flavour === "parts" ? 0.7 : 0.05))
  const some = [...ends.filter(() => random() < 0.1), ...parts]
  const waits = random() < 0.15 ? [reading("asking", "?wait=1")] : []
  const again = [0, 1].filter(() => random() < 0.3).map((index) => askingAgain(`${name} again ${index}`))
  const count = width - some.length - again.length - waits.length - reports.length
  const usual = flavour === "votes" || random() < 0.2 ? often : often.filter((deed) => !votes.includes(deed))
  const rest = Array.from({ length: count }, () => oneOf(usual, random))

  return [...some, ...again, ...waits, ...rest].sort(() => random() - 0.5)
}

/**
 * What is about both approvals. Several votes look one after the other at who is away, so who decides on both at once
 * does so while nobody leaves or comes back.
 */
function jointOperations(
  race: Race,
  targets: readonly Target[],
  { standsIn, isAway }: Readonly<{ standsIn: boolean; isAway: boolean }>,
): readonly Promise<void>[] {
  const [first, ...others] = targets
  if (first === undefined) return []
  const [back, forth] = [others, [first]]
  const together = [
    votingTogether("first", "all_or_nothing", { others: back }),
    votingTogether("admin", "all_or_nothing", {
      others: back,
      decision: race.random() < 0.8 ? "approve" : "deny",
    }),
  ]
  const crossed = votingTogether("second", "all_or_nothing", { others: forth, decision: "deny" })
  const chiefs = isAway ? [comingBack("chief"), comingBack("deputy")] : [goingAway, goingAway]

  return [
    ...(standsIn ? chiefs : together).map((deed) => record(race, deed, first)),
    ...(standsIn || race.random() < 0.8 ? [] : others.map((other) => record(race, crossed, other))),
    ...(race.random() < 0.25 ? [record(race, closing, first)] : []),
  ]
}

/** Does it at one of the processes, and writes down when, and what came of it; then does what that calls for. */
async function record(race: Race, deed: Deed, target: Target): Promise<void> {
  const { crowd, cluster, random, history } = race
  const sentAt = performance.now()
  const node = Math.floor(random() * cluster.urls.length)
  const operation = await perform(deed, { crowd, su: cluster.installation.su }, { ...target, node })
  if (operation === null) return
  const answeredAt = operation.answer === null ? Infinity : performance.now()
  history.push({ sentAt, answeredAt, operation })
  await Promise.all(callsFor(race, deed, operation, target).map(([next, of]) => record(race, next, of)))
}

/** Who learns of an execution reports; who comes by an approval decides on it and spends it. */
function callsFor({ executed }: Race, deed: Deed, answered: Answered, target: Target): [Deed, Target][] {
  const { executionId, standInId, made } = answered
  const next: [Deed, Target][] = []
  if (executionId !== null && !executed.has(executionId)) {
    executed.add(executionId)
    next.push(...reports.map<[Deed, Target]>((report) => [report, { ...target, executionId }]))
  }
  if (standInId !== null && deed === goingAway) next.push([comingBack("chief"), { ...target, standInId }])
  if (made !== null && deed.makes !== undefined) {
    const derived = targetOf(made, { ...target, name: deed.makes })
    next.push(...atOnce.map<[Deed, Target]>((one) => [one, derived]))
  }
  return next
}

async function begin(
  { crowd, random, cluster }: Race,
  life: Life,
  label: string,
): Promise<readonly Target[]> {
  const key = oneOf(crowd.keys.asking, random)
  const work = { workflow: life.needs === 2 ? "two" : "one", step: label, operator: crowd.operatorId }
  const [runId = "", laterRunId = ""] = await Promise.all(
    [1, 2].map(() => whenThereIsRoom(() => openRun(key, work))),
  )
  const targets = await Promise.all(
    ["A", "B"].slice(0, inOneRun).map(async (name, number) => {
      const change = { label, number }
      const view = await whenThereIsRoom(async () => {
        const reply = await askFor(key, runId, change)
        if (reply.status !== 202) throw new Error(reply.text)
        return reply.body.approval
      })
      return targetOf(view, { ...{ name, laterRunId, change }, ...{ standInId: "", node: 0 } })
    }),
  )
  for (const { name, change, parts } of targets) {
    const { seenBy } = addApproval(life, { name, run: 0, change: change.number, parts })
    for (const who of readers) seenBy.add(who)
  }
  await showTo(
    cluster.installation.su,
    targets,
    readers.map((who) => crowd.ids[who]),
  )
  return targets
}

async function sendAway({ crowd, cluster }: Race, life: Life, [target]: readonly Target[]): Promise<string> {
  if (target === undefined) throw new Error("There is nothing in the run.")
  const done = await perform(goingAway, { crowd, su: cluster.installation.su }, target)
  if (done?.standInId == null) throw new Error("The chief stays.")
  done.act.model(life)
  return done.standInId
}

/** Makes room for those that come after, in which the chief is there. */
async function leave({ crowd, cluster }: Race, targets: readonly Target[]): Promise<void> {
  const runs = [...new Set(targets.flatMap(({ runId, laterRunId }) => [runId, laterRunId]))]
  await Promise.all(
    runs.map((runId) => whenThereIsRoom(() => at(crowd.keys.asking, 0).post(`/api/v1/runs/${runId}/close`))),
  )
  await cluster.installation.su.query(
    "UPDATE stand_in SET ended_at = clock_timestamp() WHERE absent_id = $1 AND ended_at IS NULL",
    [crowd.ids.chief],
  )
}

function oneOf<T>(list: readonly T[], random: () => number): T {
  const one = list[Math.floor(random() * list.length)]
  if (one === undefined) throw new Error("There is nothing to choose from.")
  return one
}
