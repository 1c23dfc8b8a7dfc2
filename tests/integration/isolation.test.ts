import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createApi } from "@/lib/http/app"
import { newId } from "@/lib/operations/new-id"
import { caller, type Caller, type Reply } from "../support/api"
import { aWrite, openRun, pendingWrite, type Pending } from "../support/calls"
import { consumedWrite } from "../support/deciding"
import { recoveryIn } from "../support/authenticator-writes"
import { approvalOperations } from "../support/approval-operations"
import { attentionOperations } from "../support/attention-operations"
import { canaryOperations } from "../support/canaries"
import { breakGlassOperations, brokenWrite, standInOf } from "../support/break-glass-operations"
import { packOf, packOperations } from "../support/pack-operations"
import { invitedBy, peopleOperations } from "../support/people-operations"
import { planOperations } from "../support/plan-operations"
import { pendingPlan } from "../support/plans"
import { policyOperations } from "../support/policy-operations"
import { proposed, simulated } from "../support/policy-writes"
import { toolOperations } from "../support/tool-operations"
import { countRows, makeKey, makePerson, makeTool, startWorld, type World } from "../support/world"

/** What a request names: somebody's, or nobody's. */
type Ids = Readonly<{
  runId: string
  callId: string
  approvalId: string
  planId: string
  planHash: string
  executionId: string
  tenantId: string
  personId: string
  membershipId: string
  invitationId: string
  changeHash: string
  keyId: string
  proposalId: string
  packId: string
  rolloutId: string
  simulationId: string
  stopId: string
  recoveryId: string
  agencyId: string
  standInId: string
  /** `server/name/version` of a tool; the server and name alone where a version says too much. */
  tool: string
}>

type Operation =
  /** Names nothing of a tenant's: there is nothing to isolate. */
  "public" | "own" | Readonly<{ ask: (who: Caller, ids: Ids) => Promise<Reply>; answers?: number }>

/** Every route of the API. Adding one without saying here how a stranger asks for it fails the first test. */
const operations: Readonly<Record<string, Operation>> = {
  "GET /healthz": "public",
  "GET /readyz": "public",
  "GET /.well-known/jwks.json": "public",
  "GET /api/docs": "public",
  "GET /api/docs/errors/:code": "public",
  "GET /api/v1/openapi.json": "public",
  "GET /api/v1/stream": "own",
  "GET /api/v1/session": "own",
  "GET /api/v1/session/attention": "own",
  "GET /api/v1/attention": "own",
  "POST /api/v1/setup": "public",
  ...peopleOperations,
  ...planOperations,
  ...policyOperations,
  ...packOperations,
  ...toolOperations,
  "POST /api/v1/epochs/:number/dismiss": "own",
  "POST /api/v1/runs": {
    answers: 422,
    ask: (who, { personId }) =>
      who.post("/api/v1/runs", {
        environment: "prod",
        workflow: "w",
        actor: { agent: "a" },
        operator: personId,
      }),
  },
  "GET /api/v1/runs": {
    answers: 200,
    ask: (who, { tenantId }) => who.get(`/api/v1/runs?tenantId=${tenantId}`),
  },
  "GET /api/v1/runs/:runId": { ask: (who, { runId }) => who.get(`/api/v1/runs/${runId}`) },
  "GET /api/v1/runs/:runId/events": {
    ask: (who, { runId }) => who.get(`/api/v1/runs/${runId}/events?cursor=0`),
  },
  "GET /api/v1/runs/:runId/replay": { ask: (who, { runId }) => who.get(`/api/v1/runs/${runId}/replay`) },
  "GET /api/v1/calls/:callId/replay": { ask: (who, { callId }) => who.get(`/api/v1/calls/${callId}/replay`) },
  "POST /api/v1/runs/:runId/token": { ask: (who, { runId }) => who.post(`/api/v1/runs/${runId}/token`, {}) },
  "POST /api/v1/runs/:runId/taint": { ask: (who, { runId }) => who.post(`/api/v1/runs/${runId}/taint`, {}) },
  "POST /api/v1/runs/:runId/close": { ask: (who, { runId }) => who.post(`/api/v1/runs/${runId}/close`, {}) },
  "POST /api/v1/tool-calls": { ask: (who, { runId }) => who.post("/api/v1/tool-calls", aWrite(runId)) },
  ...approvalOperations,
  ...breakGlassOperations,
  ...canaryOperations,
  ...attentionOperations,
  "GET /api/v1/kill": "own",
  "GET /api/v1/kill/preview": {
    ask: (who, { runId }) => who.get(`/api/v1/kill/preview?scope=run&ids=${runId}`),
  },
  "POST /api/v1/kill": {
    ask: (who, { runId }) => who.post("/api/v1/kill", { scope: "run", ids: [runId], reason: "It ran wild." }),
  },
  "DELETE /api/v1/kill/:stopId": { ask: (who, { stopId }) => who.delete(`/api/v1/kill/${stopId}`) },
}

const askable = Object.entries(operations).flatMap(([name, operation]) =>
  typeof operation === "string" ? [] : [[name, operation] as const],
)

let world: World
let strangers: readonly (readonly [string, Caller])[]
let found: readonly Ids[]
let missing: Ids

beforeAll(async () => {
  world = await startWorld()
  const { theirs, demo } = world
  const elsewhere = { tenantId: demo.tenants[1]?.tenantId ?? "" }
  strangers = [
    ["another agency's key", theirs.key],
    ["the key of another client of the same agency", world.key(1)],
    ["a person with no part anywhere", (await makePerson(world, { role: null })).caller],
    [
      "another agency's owner",
      (await makePerson(world, { role: "owner", agencyId: theirs.agencyId })).caller,
    ],
    ["an admin of another client only", (await makePerson(world, { role: "admin", ...elsewhere })).caller],
  ]
  found = await oursInEveryState()
  missing = {
    runId: newId("run"),
    callId: newId("call"),
    approvalId: newId("approval"),
    planId: newId("plan"),
    executionId: newId("execution"),
    tenantId: newId("tenant"),
    personId: newId("person"),
    membershipId: newId("membership"),
    invitationId: newId("invitation"),
    changeHash: found[0]?.changeHash ?? "",
    planHash: found[0]?.planHash ?? "",
    keyId: newId("key"),
    proposalId: newId("proposal"),
    packId: newId("pack"),
    rolloutId: newId("rollout"),
    simulationId: newId("simulation"),
    stopId: newId("stop"),
    recoveryId: newId("recovery"),
    agencyId: newId("agency"),
    standInId: newId("standIn"),
    tool: "workspace/nothing/1.0.0",
  }
})

afterAll(() => world.close())

/** What a stranger might guess at: waiting, approved, spent, and in a closed run. */
async function oursInEveryState(): Promise<Ids[]> {
  const reviewer = await world.as("reviewer")
  const { key, tenantId } = world.ours
  const { personId, membershipId } = await makePerson(world, { role: "reviewer", tenantId })
  const invitationId = await invitedBy(await world.as("admin"), tenantId)
  const spent = await consumedWrite(key, reviewer)
  const closed = await pendingWrite(key)
  await key.post(`/api/v1/runs/${closed.runId}/close`)
  // Not the key that asks elsewhere in this file: this one gets revoked.
  const { keyId } = await makeKey(world)
  const { proposalId } = await proposed(world)
  const pack = await packOf(await world.as("admin"), tenantId)
  const simulationId = await simulated(world)
  const { planId, plan } = await pendingPlan(key)
  await makeTool(world, { name: "stopped" })
  const tool = `${tenantId}/workspace/stopped`
  const killed = await (
    await world.as("admin")
  ).post("/api/v1/kill", {
    ...{ scope: "tool", ids: [tool], reason: "It ran wild." },
  })
  const { stopId } = killed.body.stopped[0]
  const recoveryId = await recoveryIn(world)
  const standInId = await standInOf(world)
  const all: Pending[] = [await pendingWrite(key), await brokenWrite(world), spent, closed]

  return all.map(({ runId, approval, approvalId, changeHash }) => ({
    runId,
    callId: approval.callId,
    approvalId,
    changeHash,
    planId,
    planHash: plan.planHash,
    executionId: spent.executionId,
    tenantId,
    personId,
    membershipId,
    invitationId,
    keyId,
    proposalId,
    ...pack,
    simulationId,
    stopId,
    recoveryId,
    agencyId: world.ours.agencyId,
    standInId,
    tool: "workspace/list_files/1.4.0",
  }))
}

const named = (who: Caller) => caller(world.url, { ...who.headers, "x-request-id": "the-same-id" })

/** Everything that comes back but for the time of day. */
function bytesOf({ status, text, headers }: Reply): unknown {
  return { status, text, headers: [...headers].filter(([name]) => name !== "date") }
}

test("every route of the API is in the table", () => {
  // What takes every method only says which methods there are.
  const routes = createApi().routes.filter(({ method }) => method !== "ALL")
  const names = new Set(routes.map(({ method, path }) => `${method} ${path}`))
  expect([...names].sort()).toEqual(Object.keys(operations).sort())
})

describe.each(askable)("%s", (_, { ask, answers = 404 }) => {
  test("gives strangers the same bytes for what is ours and for what is not there, and leaves no trace on our side", async () => {
    const before = await stateOfOurs()
    for (const [who, stranger] of strangers) {
      const nothing = await ask(named(stranger), missing)
      const asSession = stranger.headers["cookie"] !== undefined
      const expected = nothing.status === 401 ? 401 : answers
      expect([who, nothing.status, nothing.text]).toEqual([who, expected, nothing.text])
      if (asSession && nothing.status === 401) expect(nothing.body.code).toBe("unauthenticated")

      for (const ids of found) {
        expect([who, bytesOf(await ask(named(stranger), ids))]).toEqual([who, bytesOf(nothing)])
      }
    }
    expect(await stateOfOurs()).toEqual(before)
  })

  test("is offered to somebody: we are not all strangers", async () => {
    const runId = await openRun(world.ours.key)
    const ids = { ...(found[1] ?? missing), runId }
    const own = [await ask(world.ours.key, ids), await ask(await world.as("admin"), ids)]
    expect(own.some(({ status }) => status !== 401 && status !== 404)).toBe(true)
  })
})

async function stateOfOurs(): Promise<unknown> {
  const { rows } = await world.su.query(
    "SELECT approval_id, status, version FROM approval WHERE tenant_id = $1 ORDER BY approval_id",
    [world.ours.tenantId],
  )
  return { rows, counts: await countRows(world, world.ours.tenantId) }
}

describe("a key of another environment", () => {
  const inRuns = askable.filter(
    ([name]) => !["POST /api/v1/runs", "POST /api/v1/tool-calls", "POST /api/v1/plans"].includes(name),
  )

  test.each(inRuns)("finds no more by %s than what is not there", async (_, { ask }) => {
    const dev = named((await makeKey(world, { environments: ["dev", "staging"] })).caller)
    const nothing = bytesOf(await ask(dev, { ...missing, tenantId: world.ours.tenantId }))
    const before = await stateOfOurs()
    for (const ids of found) expect(bytesOf(await ask(dev, ids))).toEqual(nothing)
    expect(await stateOfOurs()).toEqual(before)
  })
})

test("nobody's lists hold anything of another tenant", async () => {
  for (const [who, stranger] of strangers) {
    const { body } = await stranger.get("/api/v1/approvals")
    expect([who, body.items]).toEqual([who, []])
  }
  const ids = (await world.ours.key.get("/api/v1/approvals")).body.items.map(
    ({ tenantId }: { tenantId: string }) => tenantId,
  )
  expect(new Set(ids)).toEqual(new Set([world.ours.tenantId]))
})

test("a person of one client sees that client and not its neighbour", async () => {
  const { caller: person } = await makePerson(world, { role: "reviewer", tenantId: world.ours.tenantId })
  const neighbour = await pendingWrite(world.key(1))

  expect((await person.get(`/api/v1/approvals/${found[0]?.approvalId ?? ""}`)).status).toBe(200)
  expect((await person.get(`/api/v1/approvals/${neighbour.approvalId}`)).status).toBe(404)
  const { body } = await person.get("/api/v1/session")
  expect(body.tenants).toEqual([{ tenantId: world.ours.tenantId, name: "Acme Dental" }])
})
