import { toolHash } from "@deltaseal/guard/change"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { aDefinition, codeOf, openToolbox, type Toolbox } from "../support/tools"
import { makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let admin: Caller
let second: Caller
let secondId: string
let box: Toolbox

beforeAll(async () => {
  world = await startWorld()
  box = await openToolbox(world)
  admin = box.admin
  ;({ caller: second, personId: secondId } = await makePerson(world, { role: "admin" }))
})

afterAll(() => world.close())

const read = async (proposalId: string) => (await admin.get(`${box.base}/proposals/${proposalId}`)).body
const approve = async (proposalId: string, who = second) =>
  who.post(`${box.base}/proposals/${proposalId}/approve`, { hash: (await read(proposalId)).hash })
const lower = (name: string, tier = "T0_READ") => admin.patch(box.pathOf(name), { tier })
const tool = async (name: string, version?: string) => (await admin.get(box.pathOf(name, version))).body

describe("lowering a tier", () => {
  test.each([
    ["T4_IDENTITY_MONEY_OUTBOUND", "T3_EXECUTE"],
    ["T3_EXECUTE", "T2_IRREVERSIBLE_WRITE"],
    ["T2_IRREVERSIBLE_WRITE", "T1_REVERSIBLE_WRITE"],
    ["T2_IRREVERSIBLE_WRITE", "T0_READ"],
  ])("from %s to %s waits for a second person", async (from, to) => {
    const name = await box.accepted(from)
    const { value, leaves } = await newLeaves(world, () => lower(name, to))
    expect(value).toMatchObject({
      status: 200,
      body: { tier: from, proposed: [{ kind: "tier", tier: to, environment: null, takesEffectAt: null }] },
    })
    expect(leaves.map(({ body }) => [body.type, body.fields["kind"]])).toEqual([["rule.proposed", "tier"]])

    const { proposalId } = value.body.proposed[0]
    expect(await read(proposalId)).toMatchObject({
      tool: { server: "notes", name, version: "1.0.0", environment: null },
      diff: [{ path: "/tier", from: `"${from}"`, to: `"${to}"` }],
      loosens: [expect.stringContaining(to)],
    })
    expect(codeOf(await approve(proposalId, admin))).toEqual([403, "separation_of_duties"])
    const agreed = await newLeaves(world, () => approve(proposalId))
    expect(agreed.value.body.status).toBe("published")
    expect(agreed.leaves.map(({ body }) => [body.type, body.actor.id])).toEqual([
      ["rule.approved", secondId],
      ["tool.changed", secondId],
    ])
    expect(await tool(name)).toMatchObject({ tier: to, proposed: [] })
  })

  test.each([
    ["T1_REVERSIBLE_WRITE", "T0_READ"],
    ["T2_IRREVERSIBLE_WRITE", "T3_EXECUTE"],
  ])("from %s to %s is done at once", async (from, to) => {
    const name = await box.accepted(from)
    expect((await lower(name, to)).body).toMatchObject({ tier: to, proposed: [] })
  })

  test("by accepting a changed definition under a lower tier waits too; the definition is accepted", async () => {
    const name = await box.accepted("T3_EXECUTE")
    const changed = aDefinition(name, { title: "Something else" })
    await box.register(name, { definition: changed })
    const reply = await box.accept(name, changed, { tier: "T0_READ" })
    expect(reply.body).toMatchObject({
      tier: "T3_EXECUTE",
      definitionHash: toolHash(changed),
      proposed: [{ tier: "T0_READ" }],
    })
    await approve(reply.body.proposed[0].proposalId)
    expect((await tool(name)).tier).toBe("T0_READ")
  })

  test("by another version of the same tool waits too", async () => {
    const name = await box.accepted("T3_EXECUTE")
    await box.register(name, { version: "1.0.1" })
    const body = { definitionHash: toolHash(aDefinition(name)), tier: "T1_REVERSIBLE_WRITE" }
    const reply = await admin.post(`${box.pathOf(name, "1.0.1")}/accept`, body)
    expect(reply.body).toMatchObject({ tier: "T3_EXECUTE", proposed: [{ tier: "T1_REVERSIBLE_WRITE" }] })
    expect((await tool(name)).proposed).toEqual([])
  })

  test("is overtaken by another tier, and by another definition", async () => {
    const name = await box.accepted("T2_IRREVERSIBLE_WRITE")
    const [first] = (await lower(name)).body.proposed
    await lower(name, "T3_EXECUTE")
    expect((await read(first.proposalId)).status).toBe("superseded")

    const [second] = (await lower(name)).body.proposed
    const changed = aDefinition(name, { title: "Something else" })
    await box.register(name, { definition: changed })
    await box.accept(name, changed, { tier: "T3_EXECUTE" })
    expect((await read(second.proposalId)).status).toBe("superseded")
    expect(codeOf(await approve(second.proposalId))).toEqual([409, "proposal_closed"])
    expect((await tool(name)).tier).toBe("T3_EXECUTE")
  })

  test("proposed twice is refused", async () => {
    const name = await box.accepted("T3_EXECUTE")
    await lower(name)
    expect(codeOf(await lower(name, "T1_REVERSIBLE_WRITE"))).toEqual([409, "proposal_open"])
  })
})

describe("the fields that a tool may change", () => {
  const place = (name: string) => `${box.base}/allowances/dev/notes/${name}`
  const set = (name: string, patchPaths: readonly string[] | null) => admin.put(place(name), { patchPaths })
  const now = async (name: string) => (await tool(name)).allowedIn[0]?.patchPaths

  test.each<[readonly string[] | null, readonly string[] | null]>([
    [["/a"], null],
    [["/a"], ["/a", "/b"]],
    [["/a"], ["/b"]],
    [["/a/b"], ["/a"]],
    [["/a"], ["/ab"]],
    [[], ["/a"]],
  ])("from %j to %j wait for a second person", async (before, after) => {
    const name = await box.accepted()
    await set(name, before)
    const { body } = await set(name, after)
    expect(body).toMatchObject({ isAllowed: true, patchPaths: before, proposalId: expect.any(String) })
    expect(await now(name)).toEqual(before)
    expect((await tool(name)).proposed).toMatchObject([
      { kind: "allowance", environment: "dev", patchPaths: after, tier: null },
    ])
    expect((await approve(body.proposalId)).body).toMatchObject({ status: "published" })
    expect(await now(name)).toEqual(after)
  })

  test.each<[readonly string[] | null, readonly string[] | null]>([
    [null, ["/a"]],
    [["/a", "/b"], ["/a"]],
    [["/a"], ["/a/b"]],
    [["/a"], []],
    [null, null],
  ])("from %j to %j are narrowed at once", async (before, after) => {
    const name = await box.accepted()
    await set(name, before)
    expect((await set(name, after)).body).toMatchObject({ patchPaths: after, proposalId: null })
  })

  test("a widening that waits ends with the allowance it was about", async () => {
    const name = await box.accepted()
    await set(name, ["/a"])
    const { body } = await set(name, null)
    await admin.delete(place(name))
    expect((await read(body.proposalId)).status).toBe("superseded")
    expect(await now(name)).toBeUndefined()
  })
})
