import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { type Caller, type Reply } from "../support/api"
import {
  afterState,
  approve,
  aWrite,
  openRun,
  pendingWrite,
  readFile,
  spend,
  type Pending,
} from "../support/calls"
import { approvedWrite, consumedWrite, report, vote } from "../support/deciding"
import { makeKey, startWorld, tenantTables, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller
let auditor: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  auditor = await world.as("auditor")
})

afterAll(() => world.close())

type Failure = readonly [when: string, breaks: string, repairs: string]

/** Two ways in which a leaf cannot be written, and how to undo them. */
const failures: readonly Failure[] = [
  [
    "the log refuses the role",
    "REVOKE INSERT ON audit_leaf FROM deltaseal_app",
    "GRANT INSERT ON audit_leaf TO deltaseal_app",
  ],
  [
    "the leaf's fields cannot be kept",
    `CREATE FUNCTION refuse_field() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$;
     CREATE TRIGGER refuse BEFORE INSERT ON audit_leaf FOR EACH ROW EXECUTE FUNCTION refuse_field()`,
    "DROP TRIGGER refuse ON audit_leaf; DROP FUNCTION refuse_field()",
  ],
]

let repair: string | null = null

async function breakLog(how: Failure): Promise<void> {
  await world.owner.query(how[1])
  repair = how[2]
}

async function repairLog(): Promise<void> {
  if (repair !== null) await world.owner.query(repair)
  repair = null
}

afterEach(repairLog)

/** A digest of every row of every tenant table: nothing at all may differ. */
async function fingerprint(): Promise<unknown> {
  const tables = await tenantTables(world.su)
  const { rows } = await world.su.query(
    `SELECT ${tables
      .map(
        (table) => `(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM "${table}" t) AS "${table}"`,
      )
      .join(", ")}`,
  )
  return rows[0]
}

type Action = Readonly<{ does: () => Promise<Reply>; succeeds: number }>

const pendingAction =
  (act: (pending: Pending) => Promise<Reply>, succeeds = 200) =>
  async (): Promise<Action> => {
    const pending = await pendingWrite(key)
    return { does: () => act(pending), succeeds }
  }

const approvedAction =
  (act: (pending: Pending) => Promise<Reply>, succeeds = 200) =>
  async (): Promise<Action> => {
    const pending = await approvedWrite(key, reviewer)
    return { does: () => act(pending), succeeds }
  }

const inRun = (act: (runId: string) => Promise<Reply>, succeeds: number) => async (): Promise<Action> => {
  const runId = await openRun(key)
  return { does: () => act(runId), succeeds }
}

const expireThen =
  (column: string, act: (pending: Pending) => Promise<Reply>) => async (pending: Pending) => {
    await world.su.query(`UPDATE approval SET ${column} = '2000-01-01' WHERE approval_id = $1`, [
      pending.approvalId,
    ])
    return act(pending)
  }

const actions: readonly (readonly [string, () => Promise<Action>])[] = [
  ["opening a run", () => Promise.resolve({ does: () => key.post("/api/v1/runs", aRun), succeeds: 201 })],
  [
    "a call that is allowed",
    inRun((runId) => key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "a" } }), 200),
  ],
  ["a call that waits", inRun((runId) => key.post("/api/v1/tool-calls", aWrite(runId)), 202)],
  [
    "a call by its idempotency key",
    inRun((runId) => key.post("/api/v1/tool-calls", aWrite(runId), { "idempotency-key": runId }), 202),
  ],
  ["an approval", pendingAction((pending) => approve(reviewer, pending))],
  ["a denial", pendingAction((pending) => vote(reviewer, pending, { decision: "deny", reason: "No." }))],
  ["a cancel", pendingAction(({ approvalId }) => key.post(`/api/v1/approvals/${approvalId}/cancel`))],
  ["closing a run", pendingAction(({ runId }) => key.post(`/api/v1/runs/${runId}/close`))],
  ["a spend", approvedAction((pending) => spend(key, pending))],
  [
    "a spend that finds it stale",
    approvedAction((pending) => spend(key, pending, { observed: [afterState] }), 409),
  ],
  [
    "a spend of another hash",
    approvedAction((pending) => spend(key, pending, { changeHash: "0".repeat(64) }), 409),
  ],
  [
    "an outcome",
    async () => {
      const { executionId } = await consumedWrite(key, reviewer)
      return { does: () => report(key, executionId), succeeds: 200 }
    },
  ],
]

const aRun = { environment: "prod", workflow: "nightly", actor: { agent: "claude" } }

describe.each(failures)("when %s", (...how) => {
  test.each(actions)("%s does not happen", async (_, prepare) => {
    const { does, succeeds } = await prepare()
    const before = await fingerprint()
    await breakLog(how)
    const broken = await does()

    expect(broken.status, broken.text).toBeGreaterThanOrEqual(500)
    expect(broken.text).not.toMatch(/disk full|permission|audit_leaf/)
    expect(await fingerprint()).toEqual(before)
    await repairLog()
    expect((await does()).status).toBe(succeeds)
  })

  test.each([
    [
      "a vote after the expiry",
      "expires_at",
      pendingAction,
      (pending: Pending) => approve(reviewer, pending),
    ],
    ["a spend after the use-by", "use_by", approvedAction, (pending: Pending) => spend(key, pending)],
  ] as const)("%s marks nothing expired", async (_, column, prepare, act) => {
    const { does } = await prepare(expireThen(column, act), 409)()
    await breakLog(how)
    expect((await does()).status).toBeGreaterThanOrEqual(500)
    await repairLog()

    const { rows } = await world.su.query("SELECT 1 FROM approval WHERE status = 'expired'")
    expect(rows).toEqual([])
    expect((await does()).body.code).toBe("expired")
    await world.su.query("UPDATE approval SET status = 'cancelled' WHERE status = 'expired'")
  })

  test.each<[string, number, (who: Caller) => Promise<Reply>]>([
    [
      "a call that policy denies",
      403,
      (who) => who.post("/api/v1/tool-calls", { ...aWrite(runs.open), tool: unknown }),
    ],
    [
      "a call with an invalid input",
      422,
      (who) => who.post("/api/v1/tool-calls", { ...aWrite(runs.open), input: {} }),
    ],
    ["a request that does not fit", 422, (who) => who.post("/api/v1/tool-calls", { nothing: "fits" })],
    ["a run nobody may open", 422, (who) => who.post("/api/v1/runs", { ...aRun, operator: "per_nobody" })],
  ])("%s is 503 and still refused", async (_, status, ask) => {
    runs.open = await openRun(key)
    const { caller: who } = await makeKey(world)
    const before = await fingerprint()
    await breakLog(how)
    expect(await ask(who)).toMatchObject({ status: 503, body: { code: "unavailable" } })
    expect(await fingerprint()).toEqual(before)
    await repairLog()
    expect((await ask(who)).status).toBe(status)
  })

  test.each<[string, number, (pending: Pending) => Promise<Reply>]>([
    ["a vote of an auditor", 403, (pending) => approve(auditor, pending)],
    [
      "a cancel of a reviewer",
      403,
      ({ approvalId }) => reviewer.post(`/api/v1/approvals/${approvalId}/cancel`, {}),
    ],
    ["a denial without a reason", 422, (pending) => vote(reviewer, pending, { decision: "deny" })],
  ])("%s is 503 and still refused", async (_, status, ask) => {
    const pending = await pendingWrite(key)
    const before = await fingerprint()
    await breakLog(how)
    expect(await ask(pending)).toMatchObject({ status: 503, body: { code: "unavailable" } })
    expect(await fingerprint()).toEqual(before)
    await repairLog()
    expect((await ask(pending)).status).toBe(status)
  })
})

const unknown = { server: "workspace", name: "unheard_of", version: "1.0.0" }
const runs = { open: "" }
