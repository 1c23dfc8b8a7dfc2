import fc from "fast-check"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { closing, expiring, reading } from "../support/approval-deeds"
import { startCluster, type Cluster, withComplaints } from "../support/api-processes"
import { openRun } from "../support/calls"
import { gatherCrowds, type Crowd } from "../support/crowd"
import {
  askFor,
  at,
  perform,
  plainAnswer,
  targetOf,
  whenThereIsRoom,
  type Deed,
  type Target,
} from "../support/deeds"
import { ask } from "../support/lifecycle-deciding"
import { ends, inPart, often, reports } from "../support/lifecycle-deeds"
import { isOpen, newLife, type Life, type ModelApproval } from "../support/lifecycle-model"
import { comingBack, goingAway, seeing, standInOver, votingTogether } from "../support/people-deeds"

/** Twenty times as many in `npm run test:model`. */
const commandsMin = Number(process.env["MODEL_COMMANDS"] ?? 5_000)
/** So many lives go on at once, each around people of its own. */
const lives = 8
/** How often an agent asks for the same: in its run and in the later one, for each of these changes. */
const changes = 3

vi.setConfig({ testTimeout: 120_000 + commandsMin * 100 })

/** `kept`: what there is in the real world by the names that the model has for it. */
type Real = {
  crowd: Crowd
  runIds: readonly string[]
  kept: Map<string, Target>
  standInId: string
  answers: number
}
type Command = fc.AsyncCommand<Life, Real>

let cluster: Cluster
let crowds: readonly Crowd[]

beforeAll(async () => {
  cluster = await startCluster(2)
  crowds = await gatherCrowds(cluster, lives)
}, 180_000)
afterAll(() => cluster.close())

const askings = fc.record({ run: fc.nat(1), number: fc.nat(changes - 1) }).map<Command>(({ run, number }) => {
  const name = `${number} of ${run}`
  return {
    check: ({ approvals }) => approvals.every((approval) => approval.name !== name),
    run: async (life, real) => {
      const change = { label: real.runIds.join(), number }
      const expected = ask(life, { name, run, change: number, parts: 2 })
      const reply = await whenThereIsRoom(async () => {
        const given = await askFor(at(real.crowd.keys.asking, real.answers), real.runIds[run] ?? "", change)
        if (given.status >= 500) throw new Error(given.text)
        return given
      })
      real.answers += 1
      expect(asked(reply, real)).toBe(expected)
      if (!expected.startsWith("ok")) return
      const { kept, standInId } = real
      kept.set(name, targetOf(reply.body.approval, { name, laterRunId: "", change, standInId, node: 0 }))
    },
    toString: () => `ask for ${name}`,
  }
})

/** `ok`, or which one it was carried over from. */
function asked(reply: Parameters<typeof plainAnswer>[0], { kept }: Real): string {
  const { status, derivedFrom } = reply.body?.approval ?? {}
  if (status !== "approved") return plainAnswer(reply)
  const from = [...kept.values()].find(({ approvalId }) => approvalId === derivedFrom)
  return `ok, as ${String(from?.name)} was`
}

/** One of these, about one of the approvals that it fits. */
const doing = (...deeds: readonly Deed[]) =>
  fc.record({ deed: fc.constantFrom(...deeds), at: fc.nat(7) }).map(({ deed, at }) => about(() => deed, at))

/** What is made of one has its name from that one. */
const parting = fc
  .record({ index: fc.nat(4), at: fc.nat(7) })
  .map(({ index, at }) => about(({ name }) => oneAt(inPart(`part of ${name}`), index), at))

/** Several votes at once: on one and the next. */
const together = fc
  .record({
    who: fc.constantFrom("first" as const, "admin" as const, "deputy" as const),
    mode: fc.constantFrom("all_or_nothing" as const, "each" as const),
    decision: fc.constantFrom("approve" as const, "approve" as const, "approve" as const, "deny" as const),
    at: fc.nat(7),
  })
  .map(({ who, mode, decision, at }) =>
    about((one, { kept }) => {
      const names = [...kept.keys()]
      const next = kept.get(oneAt(names, names.indexOf(one.name) + 1))
      const others = next === undefined || next.name === one.name ? [] : [next]
      return votingTogether(who, mode, { others, decision })
    }, at),
  )

function about(deedFor: (approval: Target, real: Real) => Deed, given: number): Command {
  let done: Deed | null = null
  return {
    check: ({ approvals }) => approvals.length > 0,
    run: async (life, real) => {
      const approval = oneAt(life.approvals, given)
      const kept = real.kept.get(approval.name)
      if (kept === undefined) throw new Error("Both have the same approvals.")
      const target = { ...kept, standInId: real.standInId, node: given + real.answers }
      const deed = deedFor(target, real)
      if (!isFor(deed, approval) || (ending.includes(deed) && real.standInId === "")) return
      done = deed
      await expectSame(deed, { life, real, target })
    },
    toString: () => `${done?.name ?? "nothing"} (${given})`,
  }
}

type Meeting = Readonly<{ life: Life; real: Real; target: Target }>

async function expectSame(deed: Deed, { life, real, target }: Meeting): Promise<void> {
  const means = { crowd: real.crowd, su: cluster.installation.su }
  let done = await perform(deed, means, target)
  // Refused with no effect: a busy machine is asked again.
  while (done === null) done = await perform(deed, means, target)
  real.answers += 1
  expect(done.answer, done.act.name).toBe(done.act.model(life))
  const { executionId, standInId, made } = done
  real.standInId = standInId ?? real.standInId
  real.kept.set(target.name, { ...target, executionId: target.executionId ?? executionId })
  if (made !== null && deed.makes !== undefined)
    real.kept.set(deed.makes, targetOf(made, { ...target, name: deed.makes }))
}

/** An outcome is of an execution; what nobody is going to decide on is not waited for. */
function isFor(deed: Deed, approval: ModelApproval): boolean {
  if (reports.includes(deed)) return approval.execution !== null
  return deed !== waiting || !isOpen(approval) || approval.status === "approved"
}

const waiting = reading("asking", "?wait=1")
const ending = [comingBack("chief"), comingBack("deputy"), comingBack("first"), standInOver]
const away = [goingAway, goingAway, ...ending]
const seen = [seeing("first"), seeing("admin"), seeing("deputy"), seeing("stranger")]
const others = [
  doing(...ends),
  doing(...away),
  doing(...reports),
  doing(closing, waiting),
  doing(expiring),
  parting,
]

const commands = fc.commands(
  [
    ...Array.from({ length: 3 }, () => askings),
    ...Array.from({ length: 12 }, () => doing(...often)),
    ...[...others, doing(...reports), doing(...seen), doing(...seen), together, together],
    ...Array.from({ length: 12 }, () => doing(...often)),
  ],
  { maxCommands: 120, size: "max" },
)

test("every answer and every state is the model's, whatever is done in whatever order", async () => {
  let answers = 0
  const live = async (crowd: Crowd, needs: number, given: Iterable<Command>) => {
    const runIds = await openedRuns(crowd, needs)
    const real: Real = { crowd, runIds, kept: new Map(), standInId: "", answers: 0 }
    try {
      await fc.asyncModelRun(() => ({ model: newLife(needs), real }), given)
      answers += real.answers
      await expectWhole(real)
    } finally {
      await leave(real)
    }
  }
  const checked = fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(1, 2), commands), { minLength: lives, maxLength: lives }),
      async (given) => {
        if (answers >= commandsMin) return
        // All of them to their end: whoever is about to look for a shorter failure needs their people.
        const lived = await Promise.allSettled(
          given.map(([needs, doings], index) => live(oneAt(crowds, index), needs, doings)),
        )
        for (const one of lived) if (one.status === "rejected") throw one.reason
      },
    ),
    { numRuns: Math.ceil(commandsMin / lives) },
  )
  await withComplaints(cluster, checked)
  expect(answers).toBeGreaterThanOrEqual(commandsMin)
  expect(cluster.errors()).toBe("")
})

let opened = 0

function openedRuns(crowd: Crowd, needs: number): Promise<readonly string[]> {
  const work = {
    ...{ workflow: needs === 2 ? "two" : "one", operator: crowd.operatorId },
    step: `life-${(opened += 1)}`,
  }
  const caller = at(crowd.keys.asking, opened)
  return Promise.all([0, 1].map(() => whenThereIsRoom(() => openRun(caller, work))))
}

/** Whatever was answered: what was spent has one execution, and nothing else has any. */
async function expectWhole({ runIds }: Real): Promise<void> {
  const { rows } = await cluster.installation.su.query(
    `SELECT a.approval_id FROM approval a
     LEFT JOIN execution e ON e.tenant_id = a.tenant_id AND e.approval_id = a.approval_id
     WHERE a.run_id = ANY ($1) GROUP BY a.approval_id, a.status
     HAVING count(e.execution_id) <> CASE a.status WHEN 'consumed' THEN 1 ELSE 0 END`,
    [runIds],
  )
  expect(rows).toEqual([])
}

/** The next life begins with room for what it asks for, and with everybody there. */
async function leave({ crowd, runIds }: Real): Promise<void> {
  for (const runId of runIds) await at(crowd.keys.asking, 0).post(`/api/v1/runs/${runId}/close`)
  await cluster.installation.su.query(
    "UPDATE stand_in SET ended_at = clock_timestamp() WHERE absent_id = $1 AND ended_at IS NULL",
    [crowd.ids.chief],
  )
}

function oneAt<T>(list: readonly T[], at: number): T {
  const one = list[at % list.length]
  if (one === undefined) throw new Error("There is nothing to choose from.")
  return one
}
