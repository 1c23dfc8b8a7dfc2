import { performance } from "node:perf_hooks"
import { openRun } from "./calls"
import type { Cluster } from "./api-processes"
import type { Crowd } from "./crowd"
import { pendingWriteIn } from "./deciding"
import { closing, perform, type Deed, type Target } from "./deeds"
import { explains, printHistory, type Answered } from "./lifecycle-history"
import { ends, often, reports } from "./lifecycle-deeds"
import type { Observed } from "./linearizability"

/** How many operations each approval has at once. */
const width = 48

type Race = Readonly<{ cluster: Cluster; crowd: Crowd; random: () => number }>
type Raced = Omit<Target, "executionId"> & {
  executionId: string | null
  needs: number
  history: Observed<Answered>[]
}

/** How many approvals share a run, so that closing it ends several at once. */
const inOneRun = 2

/** Races the approvals of one run against each other and themselves; gives what nothing explains, in words. */
export async function raceRun(race: Race): Promise<readonly string[]> {
  const raced = await ask(race)
  await Promise.all([
    ...raced.flatMap((one) => operationsOf(race).map((deed) => record(race, deed, [one]))),
    ...(race.random() < 0.25 ? [record(race, closing, raced)] : []),
  ])

  return raced
    .filter(({ needs, history }) => !explains(needs, history))
    .map(({ approvalId, history }) => `${approvalId}\n${printHistory(history)}`)
}

function operationsOf({ random }: Race): readonly Deed[] {
  const some = ends.filter(() => random() < 0.15)
  const rest = Array.from({ length: width - some.length - reports.length }, () => oneOf(often, random))

  return [...some, ...rest].sort(() => random() - 0.5)
}

/** Does it at one of the processes, and writes down in every history that it is part of when, and what came of it. */
async function record(race: Race, deed: Deed, raced: readonly Raced[]): Promise<void> {
  const [first] = raced
  if (first === undefined) return
  const { crowd, cluster, random } = race
  const sentAt = performance.now()
  const target = { ...first, node: Math.floor(random() * cluster.urls.length) }
  const operation = await perform(deed, { crowd, su: cluster.installation.su }, target)
  if (operation === null) return
  const answeredAt = operation.answer === null ? Infinity : performance.now()
  for (const { history } of raced) history.push({ sentAt, answeredAt, operation })

  const { executionId } = operation
  if (executionId == null || first.executionId !== null) return
  first.executionId = executionId
  await Promise.all(reports.map((report) => record(race, report, raced)))
}

async function ask({ crowd, random }: Race): Promise<Raced[]> {
  const needs = random() < 0.5 ? 1 : 2
  const key = oneOf(crowd.keys.asking, random)
  const workflow = needs === 2 ? "two" : "one"
  const runId = await whenThereIsRoom(() => openRun(key, { workflow, operator: crowd.operatorId }))

  return Promise.all(
    Array.from({ length: inOneRun }, async () => {
      const { approvalId, changeHash } = await whenThereIsRoom(() => pendingWriteIn(key, runId))
      return { runId, approvalId, changeHash, needs, executionId: null, node: 0, history: [] }
    }),
  )
}

/** Asks again what was refused with no effect for want of anything. */
async function whenThereIsRoom<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 10; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      if (left === 0 || !String(error).includes('"code":"unavailable"')) throw error
    }
  }
}

function oneOf<T>(list: readonly T[], random: () => number): T {
  const one = list[Math.floor(random() * list.length)]
  if (one === undefined) throw new Error("There is nothing to choose from.")
  return one
}
