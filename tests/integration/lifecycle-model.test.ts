import fc from "fast-check"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { startCluster, type Cluster } from "../support/api-processes"
import { aWrite, openRun } from "../support/calls"
import { gatherCrowd, type Crowd } from "../support/crowd"
import { closing, expiring, perform, plainAnswer, type Deed, type Target } from "../support/deeds"
import { ends, often, reports } from "../support/lifecycle-deeds"
import * as life from "../support/lifecycle-model"

/** 500 in `npm test`, which has little time; two hundred times as many in `npm run test:model`. */
const commandsMin = Number(process.env["MODEL_COMMANDS"] ?? 500)
/** So many lives go on at once, each in a run of its own. */
const lives = 8

vi.setConfig({ testTimeout: 60_000 + commandsMin * 100 })

type Real = { runId: string; node: number; kept: Target[]; answers: number }
type Command = fc.AsyncCommand<life.Model, Real>

let cluster: Cluster
let crowd: Crowd

beforeAll(async () => {
  cluster = await startCluster(2)
  crowd = await gatherCrowd(cluster)
})
afterAll(() => cluster.close())

const askings = fc.constant<Command>({
  check: ({ approvals }) => approvals.length < 6,
  run: async (model, real) => {
    const expected = life.ask(model)
    const reply = await asker(real).post("/api/v1/tool-calls", aWrite(real.runId))
    real.answers += 1
    expect(plainAnswer(reply)).toBe(expected)
    if (expected !== "ok") return
    const { approvalId, changeHash } = reply.body.approval
    const { runId, node } = real
    real.kept.push({ runId, approvalId, changeHash, executionId: null, node })
  },
  toString: () => "ask",
})

const closings = fc.constant<Command>({
  check: ({ approvals }) => approvals.length > 1,
  run: async (model, real) => {
    const [first] = real.kept
    if (first === undefined) throw new Error("There is nothing in the run.")
    life.close(model)
    real.answers += 1
    expect((await perform(closing, means(), first))?.answer).toBe("ok")
  },
  toString: () => closing.name,
})

/** One of these, about one of the approvals there are. */
const doing = (...deeds: readonly Deed[]) =>
  fc.record({ deed: fc.constantFrom(...deeds), at: fc.nat(5) }).map(({ deed, at }) => about(deed, at))

function about(deed: Deed, given: number): Command {
  return {
    check: ({ approvals }) => approvals.some((approval) => isFor(deed, approval)),
    run: async ({ approvals }, real) => {
      const fitting = approvals.filter((approval) => isFor(deed, approval))
      const approval = fitting[given % fitting.length]
      const target = real.kept[approval?.place ?? -1]
      if (approval === undefined || target === undefined) throw new Error("Both have the same approvals.")
      const node = given + real.answers
      let done = await perform(deed, means(), { ...target, node })
      // Refused with no effect: a busy machine is asked again.
      while (done === null) done = await perform(deed, means(), { ...target, node })
      real.answers += 1
      expect(done.answer, deed.name).toBe(done.act.model(approval))
      real.kept[approval.place] = { ...target, executionId: target.executionId ?? done.executionId ?? null }
    },
    toString: () => `${deed.name} (${given})`,
  }
}

/** An outcome is of an execution. */
function isFor(deed: Deed, { execution }: life.ModelApproval): boolean {
  return !reports.includes(deed) || execution !== null
}

const commands = fc.commands(
  [
    ...[askings, askings, doing(...ends), doing(expiring), doing(...reports), doing(...reports)],
    ...Array.from({ length: 12 }, () => doing(...often)),
    ...[askings, doing(...ends), doing(...reports), ...Array.from({ length: 12 }, () => doing(...often))],
    closings,
  ],
  { maxCommands: 120, size: "max" },
)

test("every answer and every state is the model's, whatever is done in whatever order", async () => {
  let answers = 0
  const live = async (needs: number, given: Iterable<Command>) => {
    const real: Real = { runId: await openedRun(needs), node: answers, kept: [], answers: 0 }
    await fc.asyncModelRun(() => ({ model: life.newModel(needs), real }), given)
    answers += real.answers
    await expectWhole(real)
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(1, 2), commands), { minLength: lives, maxLength: lives }),
      async (given) => {
        if (answers >= commandsMin) return
        await Promise.all(given.map(([needs, lived]) => live(needs, lived)))
      },
    ),
    { numRuns: Math.ceil(commandsMin / lives) },
  )
  expect(answers).toBeGreaterThanOrEqual(commandsMin)
  expect(cluster.errors()).toBe("")
})

const means = () => ({ crowd, su: cluster.installation.su })

function asker({ node }: Real) {
  const { asking } = crowd.keys
  const caller = asking[node % asking.length]
  if (caller === undefined) throw new Error("There is no process to ask.")
  return caller
}

function openedRun(needs: number): Promise<string> {
  const [key] = crowd.keys.asking
  if (key === undefined) throw new Error("There is no process to ask.")
  return openRun(key, { workflow: needs === 2 ? "two" : "one", operator: crowd.operatorId })
}

/** Whatever was answered: what was spent has one execution, and nothing else has any. */
async function expectWhole({ runId }: Real): Promise<void> {
  const { rows } = await cluster.installation.su.query(
    `SELECT a.approval_id FROM approval a
     LEFT JOIN execution e ON e.tenant_id = a.tenant_id AND e.approval_id = a.approval_id
     WHERE a.run_id = $1 GROUP BY a.approval_id, a.status
     HAVING count(e.execution_id) <> CASE a.status WHEN 'consumed' THEN 1 ELSE 0 END`,
    [runId],
  )
  expect(rows).toEqual([])
}
