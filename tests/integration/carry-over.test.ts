import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { approve, openRun, type Pending } from "../support/calls"
import { sixteen, typesFor, vote } from "../support/deciding"
import { askForParts, makeAnyTool, spendAnswer, threeFiles } from "../support/partials"
import { permitIn, putInForce } from "../support/rules"
import { makeKey, makePerson, newLeaves, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: MadePerson

const rules = (more = "") =>
  `rules:\n  - name: all\n    effect: require_approval\n    approval: {carryOver: 1h${more}}\n`

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  await makeAnyTool(world)
  await putInForce(world, rules())
})
afterAll(() => world.close())
beforeEach(async () => {
  reviewer = await makePerson(world, { role: "reviewer" })
})

let made = 0

/** A change that nobody asked for before. */
const aChange = () => [{ ...threeFiles[0], after: { text: `${(made += 1)}\n` } }]
type Change = ReturnType<typeof aChange>

async function approved(change: Change, by: Caller = reviewer.caller): Promise<Pending> {
  const pending = await askForParts(key, change)
  const reply = await approve(by, pending)
  if (reply.body.status !== "approved") throw new Error(reply.text)
  return pending
}

const read = async ({ approvalId }: Pick<Pending, "approvalId">) =>
  (await reviewer.caller.get(`/api/v1/approvals/${approvalId}`)).body

const close = (runId: string, who: Caller = key) => who.post(`/api/v1/runs/${runId}/close`)

test("the same change in another run is approved at once, by the votes of the first, which is over then", async () => {
  const change = aChange()
  const first = await approved(change)
  const { value: second, leaves } = await newLeaves(world, () => askForParts(key, change))

  expect(second.changeHash).not.toBe(first.changeHash)
  expect(second.approval).toMatchObject({
    ...{ status: "approved", derivedFrom: first.approvalId, derivedAs: "carry_over", votes: [] },
    carriedVotes: [{ personId: reviewer.personId, reason: null, onBehalfOf: null }],
  })
  expect(first.approval).toMatchObject({ derivedAs: null, carriedVotes: null })
  expect(leaves.slice(1).map(({ type }) => type)).toEqual([
    "tool_call.pending",
    "approval.cancelled",
    "approval.carried_over",
  ])
  expect(leaves.at(-1)?.body.fields).toMatchObject({
    derivedFrom: first.approvalId,
    voters: reviewer.personId,
    from: "pending",
    to: "approved",
  })
  expect(await read(second)).toEqual({ ...second.approval, checks: expect.any(Array) as unknown })
  expect(await read(first)).toMatchObject({ status: "cancelled", endedBecause: "carried_over" })
  expect((await spendAnswer(key, { body: first.approval })).body.code).toBe("cancelled")

  const spent = await spendAnswer(key, { body: second.approval })
  expect(spent.status, spent.text).toBe(200)
  expect(permitIn(spent)).toMatchObject({
    approvalId: second.approvalId,
    changeHash: second.changeHash,
    derivedFrom: first.approvalId,
    voters: [reviewer.personId],
  })
  expect((await askForParts(key, change)).approval.status).toBe("pending")
})

test("a carried decision is cancelled by an admin, since nobody has a vote there to take back", async () => {
  const change = aChange()
  await approved(change)
  const { approvalId } = await askForParts(key, change)
  const path = `/api/v1/approvals/${approvalId}`
  expect((await reviewer.caller.delete(`${path}/votes/mine`)).body.code).toBe("not_voted")
  expect((await reviewer.caller.post(`${path}/cancel`)).body.code).toBe("forbidden")
  const { body } = await (await world.as("admin")).post(`${path}/cancel`)

  expect(body).toMatchObject({ status: "cancelled", endedBecause: "withdrawn" })
})

const ends: readonly (readonly [string, "approved" | "pending", (first: Pending) => Promise<unknown>])[] = [
  [
    "expired",
    "approved",
    ({ approvalId }) =>
      world.su.query("UPDATE approval SET use_by = now() - interval '1 s' WHERE approval_id = $1", [
        approvalId,
      ]),
  ],
  ["its run was closed by its agent", "approved", ({ runId }) => close(runId)],
  ["its run was closed by a person", "pending", async ({ runId }) => close(runId, await world.as("owner"))],
  ["its run was stopped", "pending", async ({ runId }) => stop("run", runId)],
  ["withdrawn", "pending", ({ approvalId }) => key.post(`/api/v1/approvals/${approvalId}/cancel`)],
  [
    "its vote was taken back",
    "pending",
    ({ approvalId }) => reviewer.caller.delete(`/api/v1/approvals/${approvalId}/votes/mine`),
  ],
  [
    "stale",
    "pending",
    ({ approval }) => spendAnswer(key, { body: approval }, { observed: [{ state: "absent" }] }),
  ],
  ["spent", "pending", ({ approval }) => spendAnswer(key, { body: approval })],
  [
    "decided too long ago",
    "pending",
    ({ approvalId }) =>
      world.su.query("UPDATE approval SET decided_at = now() - interval '61 min' WHERE approval_id = $1", [
        approvalId,
      ]),
  ],
  [
    "of an epoch before",
    "pending",
    ({ approvalId }) =>
      world.su.query("UPDATE approval SET carry_hash = '0' || carry_hash WHERE approval_id = $1", [
        approvalId,
      ]),
  ],
]

test.each(ends)(
  "what ended unspent is carried over, unless somebody wanted it to end: %s",
  async (_, status, end) => {
    const change = aChange()
    const first = await approved(change)
    await end(first)
    expect((await askForParts(key, change)).approval.status).toBe(status)
  },
)

test("what was denied is not carried over", async () => {
  const change = aChange()
  await vote(reviewer.caller, await askForParts(key, change), { decision: "deny", reason: "No." })
  expect((await askForParts(key, change)).approval.status).toBe("pending")
})

async function stop(scope: string, id: string): Promise<void> {
  const reply = await (await world.as("owner")).post("/api/v1/kill", { scope, ids: [id], reason: "Stop." })
  if (reply.status >= 300) throw new Error(reply.text)
}

test("only the very same call of the same work and the same key counts", async () => {
  const change = aChange()
  await approved(change)
  const other = await makeKey(world)
  const elsewhere = [
    await askForParts(key, [{ ...change[0], before: { text: "another\n" } }]),
    await askForParts(key, change, { input: { note: "another" } }),
    await askForParts(key, change, { runId: await openRun(key, { environment: "dev" }) }),
    await askForParts(key, change, { runId: await openRun(key, { workflow: "another" }) }),
    await askForParts(key, change, { dryRun: true }),
    await askForParts(other.caller, change),
  ]
  expect(elsewhere.map(({ approval }) => approval.status)).toEqual(elsewhere.map(() => "pending"))
  expect((await askForParts(key, change)).approval.status).toBe("approved")
})

test("whoever voted has to be free to vote on it in the new run, and their votes have to be enough there", async () => {
  const change = aChange()
  await approved(change)
  const operator = reviewer.personId
  const theirs = await openRun(key, { operator })
  expect((await askForParts(key, change, { runId: theirs })).approval.status).toBe("pending")

  await putInForce(world, rules(", stages: [{group: reviewers, count: 2}]"))
  expect((await askForParts(key, change)).approval.status).toBe("pending")
  await putInForce(world, rules(", reasonRequired: true"))
  expect((await askForParts(key, change)).approval.status).toBe("pending")
  await putInForce(world, rules(", stepUp: true"))
  expect((await askForParts(key, change)).approval.status).toBe("pending")
  await putInForce(world, "rules:\n  - {name: all, effect: require_approval}\n")
  expect((await askForParts(key, change)).approval.status).toBe("pending")
  await putInForce(world, rules())
  await world.su.query("UPDATE membership SET ended_at = now() WHERE membership_id = $1", [
    reviewer.membershipId,
  ])
  expect((await askForParts(key, change)).approval.status).toBe("pending")
  await world.su.query("UPDATE membership SET ended_at = NULL WHERE membership_id = $1", [
    reviewer.membershipId,
  ])
  expect((await askForParts(key, change)).approval.status).toBe("approved")
})

test("under another policy people vote anew, and what was carried over once is not again", async () => {
  const change = aChange()
  await approved(change)
  const second = await askForParts(key, change)
  expect(second.approval.status).toBe("approved")
  await putInForce(world, rules(", useWithin: 5m"))

  expect((await spendAnswer(key, { body: second.approval })).body.code).toBe("not_approved")
  expect(await read(second)).toMatchObject({ status: "pending", votes: [] })
  const { caller, personId } = await makePerson(world, { role: "reviewer" })
  await approve(caller, second)
  const spent = await spendAnswer(key, { body: second.approval })
  expect(permitIn(spent)).toMatchObject({ voters: [personId] })
  expect(permitIn(spent)).not.toHaveProperty("derivedFrom")
  expect(await typesFor(world, second)).toEqual([
    "tool_call.pending",
    "approval.carried_over",
    "approval.reopened",
    "approval.approved",
    "approval.consumed",
  ])
  await putInForce(world, rules())
})

test("sixteen runs at once, of which one gets it", async () => {
  const change = aChange()
  const first = await approved(change)
  const runs = await sixteen(() => openRun(key))
  const asked = await sixteen((index) => askForParts(key, change, { runId: runs[index] ?? "" }))

  const winners = asked.filter(({ approval }) => approval.status === "approved")
  expect(winners).toHaveLength(1)
  const { rows } = await world.su.query("SELECT approval_id FROM approval WHERE derived_from = $1", [
    first.approvalId,
  ])
  expect(rows).toEqual([{ approval_id: winners[0]?.approvalId }])
})

test("spent here and carried over there at once: never both", async () => {
  for (let round = 0; round < 6; round += 1) {
    const change = aChange()
    const first = await approved(change)
    const runId = await openRun(key)
    const [spent, second] = await Promise.all([
      spendAnswer(key, { body: first.approval }),
      askForParts(key, change, { runId }),
    ])
    expect([spent.status, second.approval.status]).toSatisfy(
      ([status, approval]) => (status === 200) === (approval === "pending"),
    )
  }
})
