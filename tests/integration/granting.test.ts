import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { type Caller, type Reply } from "../support/api"
import { aWrite, openRun, pendingWrite } from "../support/calls"
import { approvedWrite } from "../support/deciding"
import { permitIn, putInForce } from "../support/rules"
import { makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller
let admin: Caller
let base: string

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  admin = (await makePerson(world, { role: "admin", agencyId: world.ours.agencyId })).caller
  base = `/api/v1/tenants/${world.ours.tenantId}`
})
afterAll(() => world.close())
beforeEach(async () => {
  await putInForce(world, "rules:\n  # people look at all of it\n  - {name: all, effect: require_approval}\n")
  await world.su.query("UPDATE rule_proposal SET status = 'withdrawn' WHERE status = 'open'")
  // Whoever made a rule does not decide by it the same day; here each test is a day of its own.
  await world.su.query("DELETE FROM rule_edit")
})

const days = (count: number) => new Date(Date.now() + count * 24 * 60 * 60 * 1_000).toISOString()
const write = (runId: string) => key.post("/api/v1/tool-calls", aWrite(runId))
const wish = (approvalId: string, more: object = {}, who = reviewer) =>
  who.post(`/api/v1/approvals/${approvalId}/grant`, {
    maxUses: 2,
    until: days(1),
    note: "It is the same each night.",
    ...more,
  })

async function approveProposal({ body }: Reply, who = admin): Promise<Reply> {
  const path = `${base}/proposals/${body.proposalId}`
  const { hash } = (await who.get(path)).body
  return who.post(`${path}/approve`, { hash })
}

async function grants(): Promise<any[]> {
  return (await reviewer.get(`${base}/grants`)).body.items
}

describe("a decision that is made a rule", () => {
  test("waits as a difference of the policy, holds once a second person agrees, is used up, and is listed all the while", async () => {
    const { approvalId } = await approvedWrite(key, reviewer)
    const { value: made, leaves } = await newLeaves(world, () => wish(approvalId))
    expect(made).toMatchObject({ status: 201, body: { name: expect.stringMatching(/^grant-/) } })
    expect(made.body.sentence).toMatch(
      /^workspace\/write_file may update the paths docs\/a\.txt in prod, nightly-content, up to 2 times until /,
    )
    expect(leaves.map(({ type }) => type)).toEqual(["rule.proposed"])
    const { name } = made.body
    const runId = await openRun(key)
    expect((await write(runId)).status).toBe(202)
    expect(await grants()).toContainEqual(expect.objectContaining({ name, state: "waiting", usesLeft: 2 }))
    const proposal = (await admin.get(`${base}/proposals/${made.body.proposalId}`)).body
    expect(JSON.stringify(proposal.diff)).toContain(name)

    expect((await approveProposal(made, reviewer)).status).toBe(403)
    expect((await approveProposal(made)).status).toBe(200)
    const allowed = await write(runId)
    expect(allowed.status).toBe(200)
    expect(permitIn(allowed)).toMatchObject({ exemption: { kind: "grant", grantId: name } })
    expect(await grants()).toContainEqual(
      expect.objectContaining({ name, state: "in_force", usesLeft: 1, from: approvalId }),
    )
    expect([(await write(runId)).status, (await write(runId)).status]).toEqual([200, 202])
    expect(await grants()).toContainEqual(
      expect.objectContaining({ name, state: "ended", endedBecause: "spent" }),
    )
    const { inForce } = (await admin.get(`${base}/policies`)).body
    expect((await admin.get(`${base}/policies/${inForce}`)).body.text).toContain("# people look at all of it")
  })

  test("is read before it is proposed as exactly the difference that is proposed, and reading proposes nothing", async () => {
    const { approvalId } = await approvedWrite(key, reviewer)
    const body = { maxUses: 3, until: days(2), paths: ["docs/**"] }
    const path = `/api/v1/approvals/${approvalId}/grant`
    const { value: seen, leaves } = await newLeaves(world, () => reviewer.post(`${path}/preview`, body))
    expect(leaves).toEqual([])
    expect(seen).toMatchObject({ status: 200, body: { takesEffect: "second_person" } })
    expect(seen.body.loosens).toHaveLength(1)
    expect((await admin.get(`${base}/proposals?status=open`)).body.items).toEqual([])

    const { name, sentence, diff, against } = seen.body
    const made = await reviewer.post(path, { ...body, name })
    expect(made).toMatchObject({ status: 201, body: { name, sentence } })
    const proposal = (await admin.get(`${base}/proposals/${made.body.proposalId}`)).body
    expect(proposal).toMatchObject({ diff, basedOn: against, loosens: seen.body.loosens })
    expect(JSON.stringify(diff)).toContain("docs/**")
    const { personId } = proposal.proposedBy
    await approveProposal(made)
    expect(await grants()).toContainEqual(
      expect.objectContaining({
        name,
        ...{ ops: ["update"], paths: ["docs/**"], fields: null, environment: ["prod"], step: null },
        proposedBy: expect.objectContaining({ personId }),
        approvedBy: { personId: expect.not.stringMatching(personId), name: expect.any(String) },
      }),
    )

    const again = await reviewer.post(`${path}/preview`, { ...body, name })
    expect(again).toMatchObject({ status: 422, body: { code: "invalid_policy" } })
  })

  test("waits beside another and beside a draft of the policy; agreeing to one overtakes what was written on the same", async () => {
    const { approvalId } = await approvedWrite(key, reviewer)
    const first = await wish(approvalId)
    const second = await wish((await approvedWrite(key, reviewer)).approvalId)
    const { inForce } = (await admin.get(`${base}/policies`)).body
    const text = "version: 1\nrules:\n  - {name: all, effect: allow}\n"
    const draft = await admin.post(`${base}/policies`, { text, basedOn: inForce })
    expect([first.status, second.status, draft.body.result]).toEqual([201, 201, "proposed"])
    expect(
      await admin.post(`${base}/policies`, { text: `# again\n${text}`, basedOn: inForce }),
    ).toMatchObject({
      ...{ status: 409, body: { code: "proposal_open" } },
    })

    expect((await approveProposal(second)).status).toBe(200)
    const statusOf = async ({ body }: Reply) =>
      (await admin.get(`${base}/proposals/${body.proposalId}`)).body.status as string
    expect(await Promise.all([first, second, draft].map(statusOf))).toEqual([
      "superseded",
      "published",
      "superseded",
    ])
    expect((await approveProposal(first)).body.code).toBe("proposal_closed")
    expect((await wish(approvalId)).status).toBe(201)
  })

  test("is not agreed to by who asked for it, an administrator or not", async () => {
    const { approvalId } = await approvedWrite(key, reviewer)
    const made = await wish(approvalId, {}, admin)
    expect(await approveProposal(made, admin)).toMatchObject({
      status: 403,
      body: { code: "separation_of_duties" },
    })
  })

  test("needs a second person even before there is a first policy", async () => {
    const { inForce } = (await admin.get(`${base}/policies`)).body
    const putBack = (version: number) =>
      world.su.query("UPDATE tenant SET policy_version = $2 WHERE tenant_id = $1", [
        world.ours.tenantId,
        version,
      ])
    await putBack(1)
    const { approvalId } = await approvedWrite(key, reviewer)
    expect((await wish(approvalId)).status).toBe(201)
    expect((await write(await openRun(key))).status).toBe(202)
    await putBack(inForce)
  })

  test("is ended at once by a reviewer, and calls that were under way ask people", async () => {
    const { approvalId } = await approvedWrite(key, reviewer)
    const made = await wish(approvalId, { maxUses: 50 })
    await approveProposal(made)
    const runId = await openRun(key)
    expect((await write(runId)).status).toBe(200)
    const path = `${base}/grants/${made.body.name}`
    expect((await reviewer.delete(path)).status).toBe(200)
    expect((await write(runId)).status).toBe(202)
    expect(await grants()).toContainEqual(
      expect.objectContaining({ name: made.body.name, endedBecause: "revoked" }),
    )
    expect((await reviewer.delete(path)).status).toBe(409)
    expect((await reviewer.delete(`${base}/grants/all`)).status).toBe(409)
  })

  test.each<readonly [string, object, number, string]>([
    ["ends after 31 days", { until: days(31) }, 422, "invalid_request"],
    ["ended already", { until: days(-1) }, 422, "invalid_request"],
    ["has no uses", { maxUses: 0 }, 422, "invalid_request"],
    ["has more uses than a grant can have", { maxUses: 1_001 }, 422, "invalid_request"],
    ["names fields of a file", { fields: ["/a"] }, 422, "invalid_request"],
    ["has a name of its own", { name: "grant-mine" }, 422, "invalid_request"],
    ["names a path that is none", { paths: ["../a"] }, 422, "invalid_policy"],
  ])("is refused when it %s", async (_, more, status, code) => {
    const { approvalId } = await approvedWrite(key, reviewer)
    expect(await wish(approvalId, more)).toMatchObject({ status, body: { code } })
    const preview = `/api/v1/approvals/${approvalId}/grant/preview`
    const asked = await reviewer.post(preview, { maxUses: 2, until: days(1), ...more })
    expect(asked).toMatchObject({ status, body: { code } })
    const [named] = Object.keys(more)
    expect(asked.body.reasons[0].path).toBe(`/${named ?? ""}`)
  })

  test("is refused while nobody has approved, and to an auditor and a key", async () => {
    const { approvalId } = await pendingWrite(key)
    expect(await wish(approvalId)).toMatchObject({ status: 422, body: { code: "not_grantable" } })
    const { caller: auditor } = await makePerson(world, { role: "auditor", tenantId: world.ours.tenantId })
    expect((await wish(approvalId, {}, auditor)).status).toBe(403)
    const preview = { maxUses: 2, until: days(1) }
    expect((await auditor.post(`/api/v1/approvals/${approvalId}/grant/preview`, preview)).status).toBe(403)
    expect((await wish(approvalId, {}, key)).status).toBe(401)
  })
})
