import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { simulateForAWhile } from "@/lib/jobs/simulate"
import { tidy } from "@/lib/jobs/tidy"
import { workOnJobs } from "@/lib/jobs/worker"
import { newId } from "@/lib/operations/new-id"
import { simulateSome } from "@/lib/simulations/running.service"
import { type Caller, type Reply } from "../support/api"
import { openRun, pendingWrite, readFile } from "../support/calls"
import { repeatCalls } from "../support/repeated-calls"
import { makeKey, makePerson, newLeaves, startWorld, until, type World } from "../support/world"

let world: World
let admin: Caller
let path: string
const workers: Promise<void>[] = []

beforeAll(async () => {
  world = await startWorld()
  admin = await world.as("admin")
  path = `/api/v1/tenants/${world.ours.tenantId}/policies/simulations`
})

afterAll(async () => {
  await world.close()
  await Promise.all(workers)
})

const draft = (effect: string, more = "") =>
  `version: 1\nrules:\n  - name: all\n    effect: ${effect}\n${more}`
const start = async (text: string, who = admin): Promise<Reply> => who.post(path, { text, days: 7 })

async function finished(text: string): Promise<any> {
  const started = await start(text)
  if (started.status !== 202) throw new Error(started.text)
  while (await simulateForAWhile()) continue

  return (await admin.get(`${path}/${started.body.simulationId}`)).body
}

const changedIn = async (simulationId: string, cursor = "") =>
  (await admin.get(`${path}/${simulationId}/calls${cursor}`)).body

describe("a draft", () => {
  test("is asked about what was really called: what it would have refused and let through is listed", async () => {
    const { key } = world.ours
    const runId = await openRun(key)
    const read = await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "a" } })
    const write = await pendingWrite(key)
    const { rows: before } = await world.su.query("SELECT policy_version, rules_version FROM tenant")
    const said = await finished(
      draft("deny", "    match: {tool: [read_file]}\n  - name: writes\n    effect: allow\n"),
    )

    expect(said).toMatchObject({ status: "done", total: 2, done: 2, changed: 2, days: 7 })
    expect(said.counts).toEqual([
      { was: "allow", now: "deny", calls: 1 },
      { was: "pending", now: "allow", calls: 1 },
    ])
    const { items, nextCursor } = await changedIn(said.simulationId)
    expect(nextCursor).toBeNull()
    expect(items).toMatchObject([
      {
        ...{ callId: read.body.callId, runId, approvalId: null, was: "allow", now: "deny", rule: "all" },
        tool: readFile,
        reasons: [{ code: "denied_by_rule" }],
      },
      {
        approvalId: write.approvalId,
        was: "pending",
        now: "allow",
        rule: "writes",
        reasons: [],
        required: null,
      },
    ])
    expect((await world.su.query("SELECT policy_version, rules_version FROM tenant")).rows).toEqual(before)
  })

  test("that says what is in force changes nothing", async () => {
    const said = await finished(draft("tier_default"))
    expect(said).toMatchObject({ status: "done", changed: 0, othersAsked: 0 })
    expect(await changedIn(said.simulationId)).toEqual({ items: [], nextCursor: null })
  })

  test("is asked under the facts of then: the change, the input and the run, which are not read again", async () => {
    const when = `    when: 'change.added == 1 && input.path == "docs/a.txt" && run.workflow == "nightly-content"'\n`
    const said = await finished(
      `${draft("deny", when)}  - name: rest\n    effect: tier_default\n    match: {tool: [read_file]}\n`,
    )
    expect(said.counts).toContainEqual({ was: "pending", now: "deny", calls: 1 })
    expect(said.counts).toContainEqual({ was: "allow", now: "allow", calls: 1 })
  })

  test("is not guessed at where nothing can be said, and each reason is counted apart", async () => {
    const { key } = world.ours
    const unknown = { ...readFile, name: "no_such_tool" }
    await key.post("/api/v1/tool-calls", { runId: await openRun(key), tool: unknown, input: {} })
    const { caller: mayNotExecute } = await makeKey(world, { scopes: ["request", "poll"] })
    await mayNotExecute.post("/api/v1/tool-calls", {
      ...{ runId: await openRun(mayNotExecute), tool: readFile, input: { path: "b" } },
    })
    const [erased, old] = [
      await pendingWrite(key, { reason: "erased" }),
      await pendingWrite(key, { reason: "old" }),
    ]
    await world.su.query(
      `UPDATE blob SET wrapped_key = '\\x00' WHERE (tenant_id, digest) IN (
         SELECT c.tenant_id, facts_digest FROM tool_call c JOIN approval a USING (call_id) WHERE approval_id = $1)`,
      [erased.approvalId],
    )
    await world.su.query(
      `UPDATE tool_call SET facts_digest = NULL, checks = NULL, matched_rule = NULL
       WHERE call_id = (SELECT call_id FROM approval WHERE approval_id = $1)`,
      [old.approvalId],
    )

    const said = await finished(draft("deny"))
    expect(said).toMatchObject({ refusedOtherwise: 2, gone: 1, unrecorded: 1, total: 6, done: 6, changed: 2 })
    const changed = (await changedIn(said.simulationId)).items.map(({ approvalId }: any) => approvalId)
    expect(changed).not.toContain(erased.approvalId)
    expect(changed).not.toContain(old.approvalId)
  })

  test("that wants people to see a call that changes nothing would have refused it", async () => {
    const said = await finished(draft("require_approval"))
    expect(said.counts).toContainEqual({ was: "allow", now: "deny", calls: 1 })
    const { items } = await changedIn(said.simulationId)
    expect(items[0].reasons).toMatchObject([{ code: "change_required" }])
  })

  test("that puts what waited to other people says so, as no other answer, and of nothing else", async () => {
    const two = "    approval: {stages: [{group: admins, count: 2}], stepUp: true}\n"
    const said = await finished(
      draft(
        "tier_default",
        `  - name: writes\n    effect: require_approval\n    match: {tool: [write_file]}\n${two}`,
      ),
    )
    const waited = said.counts.find(({ was, now }: any) => was === "pending" && now === "pending").calls
    expect(said).toMatchObject({ changed: 0, othersAsked: waited })
    const { items } = await changedIn(said.simulationId)
    expect(items).toHaveLength(waited)
    expect(items[0]).toMatchObject({
      ...{ was: "pending", now: "pending", rule: "writes" },
      required: {
        was: [{ group: "reviewers", count: 1 }],
        now: [{ group: "admins", count: 2, stepUp: true }],
      },
    })
  })

  test("with a mistake is refused with its place, and nothing is started", async () => {
    const reply = await start("version: 1\nrules:\n  - name: all\n    effect: perhaps\n")
    expect(reply).toMatchObject({ status: 422, body: { code: "invalid_policy" } })
    expect(reply.body.reasons[0].message).toMatch(/^Line 4, column/)
    expect(await simulateForAWhile()).toBe(false)
  })

  test.each([0, 91, 1.5, "7"])("is asked about 1 to 90 days, not %j", async (days) => {
    expect(await admin.post(path, { text: draft("deny"), days })).toMatchObject({
      status: 422,
      body: { code: "invalid_request" },
    })
  })
})

describe("a simulation", () => {
  test("is one at a time, says how far it is, can be cancelled once, and each of it is one leaf", async () => {
    const { value: started, leaves } = await newLeaves(world, () => start(draft("deny")))
    const { simulationId } = started.body
    expect(started).toMatchObject({ status: 202, body: { status: "running", done: 0, endedAt: null } })
    expect(leaves.map(({ type, body }) => [type, body.subject.id])).toEqual([
      ["policy.simulated", simulationId],
    ])
    expect(await start(draft("allow"))).toMatchObject({ status: 409, body: { code: "simulation_under_way" } })

    const cancel = () => admin.post(`${path}/${simulationId}/cancel`)
    const cancelled = await newLeaves(world, cancel)
    expect(cancelled.value).toMatchObject({ status: 200, body: { status: "cancelled" } })
    expect(cancelled.leaves.map(({ type }) => type)).toEqual(["policy.simulation_cancelled"])
    expect(await cancel()).toMatchObject({ status: 409, body: { code: "simulation_ended" } })
    while (await simulateForAWhile()) continue
    expect((await admin.get(`${path}/${simulationId}`)).body).toMatchObject({ status: "cancelled", done: 0 })
  })

  test("is started by who may change the policy, read by who may read it, and another client's is nobody's", async () => {
    const { body } = await start(draft("deny"))
    const auditor = (await makePerson(world, { role: "auditor" })).caller
    expect((await start(draft("deny"), auditor)).body.code).toBe("forbidden")
    expect((await auditor.post(`${path}/${body.simulationId}/cancel`)).body.code).toBe("forbidden")
    expect((await auditor.get(`${path}/${body.simulationId}`)).status).toBe(200)
    expect((await world.ours.key.get(path)).status).toBe(401)
    const { caller: stranger } = await makePerson(world, { role: "owner", agencyId: world.theirs.agencyId })
    const elsewhere = `/api/v1/tenants/${world.theirs.tenantId}/policies/simulations`
    const foreign = await stranger.get(`${elsewhere}/${body.simulationId}`)
    const missing = await stranger.get(`${elsewhere}/${newId("simulation")}`)
    const withoutId = ({ body: { requestId: _, ...rest } }: Reply) => rest
    expect([foreign.status, withoutId(foreign)]).toEqual([404, withoutId(missing)])
    await admin.post(`${path}/${body.simulationId}/cancel`)
  })

  test("is cut in pieces that are done once each, whoever does them, and its list comes in pages", async () => {
    await repeatCalls(world, 600)
    const { body } = await start(draft("deny"))
    const { tenantId } = world.ours
    await simulateSome(tenantId)
    const piece = (await admin.get(`${path}/${body.simulationId}`)).body
    expect(piece.done).toBeGreaterThan(0)
    expect(piece.done).toBeLessThan(piece.total)

    // Eight workers at once: one has it, the others find it taken.
    const standing = async () => (await admin.get(`${path}/${body.simulationId}`)).body
    while ((await standing()).status === "running") {
      await Promise.all(Array.from({ length: 8 }, () => simulateSome(tenantId)))
    }
    const done = await standing()
    expect(done).toMatchObject({ status: "done", total: 606, done: 606, changed: 602 })

    const seen: string[] = []
    let cursor = ""
    do {
      const page = await changedIn(body.simulationId, cursor)
      seen.push(...page.items.map(({ callId }: any) => callId))
      cursor = page.nextCursor === null ? "" : `?cursor=${page.nextCursor}`
    } while (cursor !== "")
    expect(seen).toEqual([...new Set(seen)].sort())
    expect(seen).toHaveLength(602)
    expect(await admin.get(`${path}/${body.simulationId}/calls?cursor=run_x`)).toMatchObject({
      body: { code: "invalid_cursor" },
    })
  })

  test("whose draft cannot be asked any more ends as failed", async () => {
    const { body } = await start(draft("deny"))
    await world.su.query("UPDATE policy_simulation SET text = 'nothing' WHERE simulation_id = $1", [
      body.simulationId,
    ])
    while (await simulateForAWhile()) continue
    expect((await admin.get(`${path}/${body.simulationId}`)).body).toMatchObject({ status: "failed" })
  })

  test("whose worker was killed goes on where it was, and counts nothing twice", async () => {
    const { body } = await start(draft("deny"))
    await simulateSome(world.ours.tenantId)
    // What a killed process leaves behind: its job, locked in its name.
    await world.su.query(
      "UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'killed', attempts = 1 WHERE key = 'simulate'",
    )
    const { rows } = await world.su.query(
      "SELECT locked_by FROM graphile_worker._private_jobs WHERE key = 'simulate'",
    )
    expect(rows).toEqual([{ locked_by: "killed" }])

    workers.push(workOnJobs())
    const standing = async () => (await admin.get(`${path}/${body.simulationId}`)).body
    await until("the end", async () => (await standing()).status === "done", 15_000)
    expect(await standing()).toMatchObject({ total: 606, done: 606, changed: 602 })
  }, 30_000)

  test("that is started is worked on at once, by the worker that listens", async () => {
    const { body } = await start(draft("allow"))
    const ended = async () => (await admin.get(`${path}/${body.simulationId}`)).body.status === "done"
    await until("the end", ended, 5_000)
  })

  test("is forgotten after seven days, with what it found", async () => {
    await world.su.query("UPDATE policy_simulation SET started_at = started_at - interval '8 days'")
    const kept = await finishedByWorker()
    await tidy()

    const { rows } = await world.su.query(
      `SELECT array_agg(DISTINCT s.simulation_id) AS kept, array_agg(DISTINCT c.simulation_id) AS found
       FROM policy_simulation s LEFT JOIN simulated_call c USING (simulation_id)`,
    )
    expect(rows).toEqual([{ kept: [kept], found: [kept] }])
    expect((await world.su.query("SELECT count(*)::int AS calls FROM simulated_call")).rows[0].calls).toBe(
      602,
    )
  })
})

async function finishedByWorker(): Promise<string> {
  const { simulationId } = (await start(draft("deny"))).body
  const ended = async () => (await admin.get(`${path}/${simulationId}`)).body.status === "done"
  await until("the end", ended, 10_000)
  return simulationId
}
