import fc from "fast-check"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import type { Caller, Reply } from "../support/api"
import { aWrite, beforeState, openRun } from "../support/calls"
import { anOutcome } from "../support/deciding"
import * as life from "../support/lifecycle-model"
import { putInForce } from "../support/rules"
import { allScopes, makeKey, makePerson, startWorld, type World } from "../support/world"

/** 1,000 in `npm test`, which has little time; a hundred times as many in `npm run test:model`. */
const commandsMin = Number(process.env["MODEL_COMMANDS"] ?? 1_000)

vi.setConfig({ testTimeout: commandsMin * 100 })

type Real = { runId: string; otherRunId: string; approvals: Kept[]; answers: number }
type Kept = { approvalId: string; changeHash: string; executionId: string | null }
type Command = fc.AsyncCommand<life.Model, Real>

let world: World
let people: Readonly<Record<life.Who, Caller>>
let keys: Readonly<Record<life.KeyName, Caller>>
let operatorId: string
let otherRunId: string

beforeAll(async () => {
  world = await startWorld()
  const { theirs, ours } = world
  const member = (role: "reviewer" | "admin" | "auditor") => makePerson(world, { role })
  const [first, second, admin, operator, auditor, stranger, other, noExecute] = await Promise.all([
    member("reviewer"),
    member("reviewer"),
    member("admin"),
    member("reviewer"),
    member("auditor"),
    makePerson(world, { role: "owner", agencyId: theirs.agencyId }),
    makeKey(world),
    makeKey(world, { scopes: allScopes.filter((scope) => scope !== "execute") }),
  ])
  operatorId = operator.personId
  people = {
    first: first.caller,
    second: second.caller,
    admin: admin.caller,
    owner: await world.as("owner"),
    operator: operator.caller,
    auditor: auditor.caller,
    stranger: stranger.caller,
  }
  keys = { asking: ours.key, other: other.caller, noExecute: noExecute.caller, foreign: theirs.key }
  otherRunId = await openRun(ours.key)
  await putInForce(
    world,
    `rules:
  - {name: two, match: {workflow: ["two"]}, effect: require_approval, approval: {stages: [{group: reviewers, count: 2}]}}
  - {name: one, effect: require_approval}
limits: {tenant: {pendingApprovals: 100000}}
`,
  )
})
afterAll(() => world.close())

const chance = (often: number) => fc.nat(often).map((number) => number > 0)
const which = fc.nat(5)

const askings = fc.constant<Command>({
  check: ({ approvals }) => approvals.length < 6,
  run: async (model, real) => {
    const expected = life.ask(model)
    const reply = await keys.asking.post("/api/v1/tool-calls", aWrite(real.runId))
    expect(answered(reply, real)).toBe(expected)
    if (expected !== "ok") return
    const { approvalId, changeHash } = reply.body.approval
    real.approvals.push({ approvalId, changeHash, executionId: null })
  },
  toString: () => "ask",
})

const votes = fc
  .record({
    at: which,
    who: fc.constantFrom<life.Who>(
      ...([
        "first",
        "first",
        "second",
        "second",
        "admin",
        "owner",
        "operator",
        "auditor",
        "stranger",
      ] as const),
    ),
    decision: fc.constantFrom("approve" as const, "approve" as const, "approve" as const, "deny" as const),
    hasReason: chance(4),
    isRightHash: chance(9),
  })
  .map((given) =>
    about("vote", given, async (approval, kept, real) => {
      const { who, decision, hasReason, isRightHash } = given
      const expected = life.vote(approval, given)
      const reply = await people[who].post(`/api/v1/approvals/${kept.approvalId}/votes`, {
        decision,
        changeHash: isRightHash ? kept.changeHash : "0".repeat(64),
        ...(hasReason && { reason: "Looked at it." }),
      })
      expect(answered(reply, real)).toBe(expected)
    }),
  )

const spends = fc
  .record({
    at: which,
    key: fc.constantFrom<life.KeyName>("asking", "asking", "asking", "other", "noExecute", "foreign"),
    nonce: fc.nat(1),
    isRightRun: chance(9),
    isRightHash: chance(9),
    isRightState: chance(9),
  })
  .map((given) =>
    about("consume", given, async (approval, kept, real) => {
      const { key, nonce, isRightRun, isRightHash, isRightState } = given
      const expected = life.consume(approval, given)
      const reply = await keys[key].post(`/api/v1/approvals/${kept.approvalId}/consume`, {
        runId: isRightRun ? real.runId : real.otherRunId,
        changeHash: isRightHash ? kept.changeHash : "0".repeat(64),
        nonce: String(nonce).repeat(64),
        observed: [isRightState ? beforeState : { state: "absent" }],
      })
      expect(answered(reply, real)).toBe(expected)
      if (reply.status !== 200) return
      kept.executionId ??= String(reply.body.executionId)
      expect(reply.body.executionId).toBe(kept.executionId)
    }),
  )

const reports = fc
  .record({
    at: which,
    key: fc.constantFrom<life.KeyName>("asking", "asking", "asking", "other", "noExecute", "foreign"),
    outcome: fc.constantFrom("applied" as const, "applied" as const, "failed" as const),
  })
  .map((given) =>
    about("report", given, async ({ execution }, { executionId }, real) => {
      if (execution === null || executionId === null) return
      const expected = life.report(execution, given)
      const reply = await keys[given.key].post(`/api/v1/executions/${executionId}/outcome`, {
        ...anOutcome,
        status: given.outcome,
      })
      expect(answered(reply, real)).toBe(expected)
    }),
  )

const cancels = fc
  .record({
    at: which,
    by: fc.constantFrom<life.Canceller>(
      "asking",
      "other",
      "foreign",
      "first",
      "admin",
      "auditor",
      "stranger",
    ),
  })
  .map((given) =>
    about("cancel", given, async (approval, { approvalId }, real) => {
      const { by } = given
      const caller = by === "asking" || by === "other" || by === "foreign" ? keys[by] : people[by]
      const expected = life.cancel(approval, by)
      expect(answered(await caller.post(`/api/v1/approvals/${approvalId}/cancel`), real)).toBe(expected)
    }),
  )

const readings = fc.record({ at: which }).map((given) =>
  about("read", given, async (approval, { approvalId }, real) => {
    const reply = await people.auditor.get(`/api/v1/approvals/${approvalId}`)
    expect(answered(reply, real)).toBe("ok")
    expect(reply.body.status).toBe(life.read(approval))
  }),
)

const passings = fc.record({ at: which }).map((given) =>
  about("time passes", given, async (approval, { approvalId }) => {
    life.letTimePass(approval)
    await world.su.query(
      `UPDATE approval SET expires_at = expires_at - interval '30 days',
         use_by = use_by - interval '30 days'
       WHERE approval_id = $1 AND status IN ('pending', 'approved')`,
      [approvalId],
    )
  }),
)

const closings = fc.constant<Command>({
  check: ({ approvals }) => approvals.length > 1,
  run: async (model, real) => {
    const expected = life.close(model)
    expect(answered(await keys.asking.post(`/api/v1/runs/${real.runId}/close`), real)).toBe(expected)
  },
  toString: () => "close the run",
})

/** A command about one of the approvals there are. */
function about(
  name: string,
  given: Readonly<{ at: number }>,
  run: (approval: life.ModelApproval, kept: Kept, real: Real) => Promise<void>,
): Command {
  return {
    check: ({ approvals }) => approvals.length > 0,
    run: async ({ approvals }, real) => {
      const at = given.at % approvals.length
      const [approval, kept] = [approvals[at], real.approvals[at]]
      if (approval === undefined || kept === undefined) throw new Error("Both sides have the same approvals.")
      await run(approval, kept, real)
    },
    toString: () => `${name} ${JSON.stringify(given)}`,
  }
}

function answered({ status, body }: Reply, real: Real): string {
  real.answers += 1
  if (status >= 300) return String(body.code)
  return body.replayed === true ? "replayed" : "ok"
}

test("every answer and every state is the model's, whatever is done in whatever order", async () => {
  const all = [askings, votes, votes, votes, spends, spends, reports, cancels, readings, passings]
  let answers = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 2),
      fc.commands([...all, ...all, ...all, closings], { maxCommands: 120, size: "max" }),
      async (needs, commands) => {
        if (answers >= commandsMin) return
        const real: Real = { runId: await openedRun(needs), otherRunId, approvals: [], answers: 0 }
        await fc.asyncModelRun(() => ({ model: life.newModel(needs), real }), commands)
        await expectWhole(real)
        answers += real.answers
      },
    ),
    { numRuns: Math.ceil(commandsMin / 15) },
  )
  expect(answers).toBeGreaterThanOrEqual(commandsMin)
})

function openedRun(needs: number): Promise<string> {
  return openRun(keys.asking, { workflow: needs === 2 ? "two" : "one", operator: operatorId })
}

/** Whatever was answered: nothing ran twice, and the log tells of every state one after the other. */
async function expectWhole({ runId }: Real): Promise<void> {
  const { rows } = await world.su.query(
    `SELECT a.approval_id FROM approval a
     LEFT JOIN execution e ON e.tenant_id = a.tenant_id AND e.approval_id = a.approval_id
     WHERE a.run_id = $1 GROUP BY a.approval_id, a.status
     HAVING count(e.execution_id) <> CASE a.status WHEN 'consumed' THEN 1 ELSE 0 END`,
    [runId],
  )
  expect(rows).toEqual([])
}
