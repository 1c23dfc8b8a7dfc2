import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { labelWhatIsDue } from "@/lib/jobs/label-due"
import type { Caller, Reply } from "../support/api"
import { deny, friendly, strict, tenantWithPolicy, type PolicyBox } from "../support/policies"
import { codeOf } from "../support/tools"
import { leavesOf, makePerson, startWorld, type World } from "../support/world"

let world: World
let box: PolicyBox
let second: Caller
let secondId: string

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world.close())

beforeEach(async () => {
  box = await tenantWithPolicy(world)
  ;({ caller: second, personId: secondId } = await box.second())
  await box.publish(strict, 1)
})

const inForce = async () => (await box.admin.get(box.path("/policies"))).body.inForce
const read = async (proposalId: string) => (await box.admin.get(box.path(`/proposals/${proposalId}`))).body
const decide = (who: Caller, proposalId: string, how: string, body: object = {}): Promise<Reply> =>
  who.post(box.path(`/proposals/${proposalId}/${how}`), body)
const typesOf = async () => (await leavesOf(world, box.tenantId)).map(({ type }) => type)

/** A loosening by the box's admin, as it is shown. */
async function proposed(text = friendly, basedOn = 2) {
  const { body } = await box.publish(text, basedOn)
  expect(body).toMatchObject({ result: "proposed", version: null })
  return read(body.proposalId)
}

describe("what loosens", () => {
  test("waits, shown with its difference, its sentences and who may approve it; the policy holds", async () => {
    const proposal = await proposed()
    expect(proposal).toMatchObject({
      kind: "policy",
      status: "open",
      tool: null,
      text: friendly,
      basedOn: 2,
      loosens: [expect.stringContaining("all")],
      diff: [{ op: "replace", path: "/rules/all/effect", from: '"require_approval"', to: '"allow"' }],
      proposedBy: { personId: box.adminId },
      takesEffectAt: null,
    })
    const approvers = proposal.approvers.map(({ personId }: { personId: string }) => personId)
    expect(approvers).toContain(secondId)
    expect(approvers).not.toContain(box.adminId)
    expect(await inForce()).toBe(2)
    expect((await typesOf()).at(-1)).toBe("rule.proposed")
  })

  test("is in force when a second person approves exactly it, with both in the leaves", async () => {
    const { proposalId, hash } = await proposed()
    const approved = await decide(second, proposalId, "approve", { hash })
    expect(approved).toMatchObject({
      status: 200,
      body: { status: "published", decidedBy: { personId: secondId }, approvers: [] },
    })
    expect((await box.admin.get(box.path("/policies/3"))).body).toMatchObject({
      isInForce: true,
      author: { personId: box.adminId },
      approvedBy: { personId: secondId },
      text: friendly,
    })
    const leaves = (await leavesOf(world, box.tenantId)).slice(-2)
    expect(leaves.map(({ body }) => [body.type, body.actor.id])).toEqual([
      ["rule.approved", secondId],
      ["policy.published", secondId],
    ])
    expect(leaves[1]?.body.fields).toMatchObject({
      authorId: box.adminId,
      approvedById: secondId,
      proposalId,
    })
    expect(codeOf(await decide(second, proposalId, "approve", { hash }))).toEqual([409, "proposal_closed"])
  })

  test.each<[string, (proposal: { hash: string }) => Promise<readonly [Caller, string]>, string]>([
    [
      "who proposed it",
      ({ hash }) => Promise.resolve([box.admin, hash] as const),
      "403 separation_of_duties",
    ],
    ["who read another one", () => Promise.resolve([second, "0".repeat(64)] as const), "409 hash_mismatch"],
    ["a reviewer", async ({ hash }) => [await reviewerHere(), hash], "403 forbidden"],
    ["an auditor", async ({ hash }) => [await world.as("auditor"), hash], "403 forbidden"],
    ["a stranger", async ({ hash }) => [await strangerOf(), hash], "404 not_found"],
  ])("is not approved by %s", async (_, by, answer) => {
    const proposal = await proposed()
    const [who, hash] = await by(proposal)
    const reply = await decide(who, proposal.proposalId, "approve", { hash })
    expect(codeOf(reply).join(" ")).toBe(answer)
    expect(await inForce()).toBe(2)
    expect((await read(proposal.proposalId)).status).toBe("open")
  })

  test("is approved once by two at the same moment", async () => {
    const third = (await box.second()).caller
    const { proposalId, hash } = await proposed()
    const replies = await Promise.all(
      [second, third].map((who) => decide(who, proposalId, "approve", { hash })),
    )
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(await inForce()).toBe(3)
  })

  test("is refused with a reason, by somebody else", async () => {
    const { proposalId } = await proposed()
    expect(codeOf(await decide(second, proposalId, "reject", { reason: " " }))).toEqual([
      422,
      "reason_required",
    ])
    expect(codeOf(await decide(box.admin, proposalId, "reject", { reason: "no" }))).toEqual([
      403,
      "separation_of_duties",
    ])
    expect((await decide(second, proposalId, "reject", { reason: "Too wide." })).body).toMatchObject({
      status: "rejected",
      reason: "Too wide.",
      decidedBy: { personId: secondId },
    })
    expect((await typesOf()).at(-1)).toBe("rule.rejected")
    expect(codeOf(await decide(box.admin, proposalId, "withdraw"))).toEqual([409, "proposal_closed"])
  })

  test("is taken back by who proposed it and nobody else", async () => {
    const { proposalId } = await proposed()
    expect(codeOf(await decide(second, proposalId, "withdraw"))).toEqual([403, "forbidden"])
    expect((await decide(box.admin, proposalId, "withdraw")).body.status).toBe("withdrawn")
    expect((await typesOf()).at(-1)).toBe("rule.withdrawn")
    expect(await inForce()).toBe(2)
  })

  test("waits one at a time", async () => {
    await proposed()
    expect(codeOf(await box.publish(`# other\n${friendly}`, 2))).toEqual([409, "proposal_open"])
  })

  test("is overtaken by whatever else is published, and says so", async () => {
    const { proposalId, hash } = await proposed()
    await box.publish(deny, 2)
    expect((await read(proposalId)).status).toBe("superseded")
    expect((await typesOf()).at(-1)).toBe("rule.superseded")
    expect(codeOf(await decide(second, proposalId, "approve", { hash }))).toEqual([409, "proposal_closed"])
    expect(await inForce()).toBe(3)
  })

  test("that was altered in the database is approved by nobody", async () => {
    const { proposalId, hash } = await proposed()
    await world.su.query("UPDATE rule_proposal SET text = text || '#' WHERE proposal_id = $1", [proposalId])
    expect(codeOf(await decide(second, proposalId, "approve", { hash }))).toEqual([409, "hash_mismatch"])
    expect(await inForce()).toBe(2)
  })

  test("is listed with what became of it", async () => {
    const first = await proposed()
    await decide(box.admin, first.proposalId, "withdraw")
    const open = await proposed()
    const ids = async (status: string) =>
      (await box.admin.get(box.path(`/proposals${status}`))).body.items.map(
        ({ proposalId }: { proposalId: string }) => proposalId,
      )
    expect(await ids("")).toEqual([open.proposalId, first.proposalId])
    expect(await ids("?status=open")).toEqual([open.proposalId])
    expect(codeOf(await box.admin.get(box.path("/proposals?status=x")))).toEqual([422, "invalid_request"])
  })
})

describe("where nobody else administers the client", () => {
  beforeEach(async () => {
    box = await tenantWithPolicy(world, true)
    await box.publish(strict, 1)
  })

  /** As if it had been proposed this long ago. */
  const age = (hours: number) =>
    world.su.query(
      `UPDATE rule_proposal SET proposed_at = proposed_at - make_interval(hours => $2),
         effective_at = effective_at - make_interval(hours => $2) WHERE tenant_id = $1`,
      [box.tenantId, hours],
    )

  test("a loosening takes effect 24 hours later, and says when", async () => {
    const proposal = await proposed()
    expect(Date.parse(proposal.takesEffectAt) - Date.parse(proposal.proposedAt)).toBe(86_400_000)
    expect(proposal.approvers).toEqual([])

    await age(23)
    await labelWhatIsDue()
    expect([await inForce(), (await read(proposal.proposalId)).status]).toEqual([2, "open"])

    await age(1)
    expect(await inForce()).toBe(3)
    expect(await read(proposal.proposalId)).toMatchObject({ status: "published", decidedBy: null })
    const leaves = (await leavesOf(world, box.tenantId)).slice(-2)
    expect(leaves.map(({ body }) => [body.type, body.actor.kind])).toEqual([
      ["rule.took_effect", "system"],
      ["policy.published", "system"],
    ])
  })

  test("it takes effect although nobody looks", async () => {
    await proposed()
    await age(25)
    await labelWhatIsDue()
    const { rows } = await world.su.query(
      "SELECT policy_version AS version FROM tenant WHERE tenant_id = $1",
      [box.tenantId],
    )
    expect(rows).toEqual([{ version: 3 }])
  })

  test("it waits for a second person who has come meanwhile", async () => {
    const { proposalId, hash } = await proposed()
    const come = await box.second()
    await age(25)
    await labelWhatIsDue()
    expect(await read(proposalId)).toMatchObject({
      status: "open",
      takesEffectAt: null,
      approvers: [{ personId: come.personId }],
    })
    expect((await decide(come.caller, proposalId, "approve", { hash })).status).toBe(200)
  })

  test("a proposal made while there was somebody else never takes effect by itself", async () => {
    const { personId } = await box.second()
    const { proposalId } = await proposed()
    await world.su.query("UPDATE membership SET ended_at = now() WHERE person_id = $1", [personId])
    await age(48)
    await labelWhatIsDue()
    expect(await read(proposalId)).toMatchObject({ status: "open", approvers: [], takesEffectAt: null })
    expect(await inForce()).toBe(2)
  })

  test("it does not take effect for who has lost their part, nor when it was withdrawn", async () => {
    const { proposalId } = await proposed()
    await decide(box.admin, proposalId, "withdraw")
    await age(25)
    expect(await inForce()).toBe(2)

    await proposed()
    await age(25)
    await world.su.query("UPDATE membership SET ended_at = now() WHERE person_id = $1", [box.adminId])
    await labelWhatIsDue()
    const { rows } = await world.su.query(
      "SELECT policy_version AS version FROM tenant WHERE tenant_id = $1",
      [box.tenantId],
    )
    expect(rows).toEqual([{ version: 2 }])
  })
})

const reviewerHere = async () =>
  (await makePerson(world, { role: "reviewer", tenantId: box.tenantId })).caller
const strangerOf = async () =>
  (await makePerson(world, { role: "owner", agencyId: world.theirs.agencyId })).caller
