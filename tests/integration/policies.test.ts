import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { codeOf } from "../support/tools"
import { deny, friendly, strict, tenantWithPolicy, type PolicyBox } from "../support/policies"
import { makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let box: PolicyBox
let admin: Caller

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world.close())

beforeEach(async () => {
  box = await tenantWithPolicy(world)
  admin = box.admin
})

const list = async () => (await admin.get(box.path("/policies"))).body

describe("the first policy", () => {
  test("is in force at once, whatever it says, with one leaf, and moves the rules", async () => {
    const moved = await rulesOf(box.tenantId)
    const { value, leaves } = await newLeaves(
      { ...world, ours: { ...world.ours, tenantId: box.tenantId } },
      () => box.publish(friendly, 1),
    )
    expect(value).toMatchObject({ status: 201, body: { result: "published", version: 2, proposalId: null } })
    expect(leaves.map(({ body }) => [body.type, body.fields["version"], body.actor.id])).toEqual([
      ["policy.published", 2, box.adminId],
    ])
    expect(JSON.stringify(leaves.map(({ body }) => body))).not.toContain("why it is")
    expect(await rulesOf(box.tenantId)).toBeGreaterThan(moved)
    expect((await admin.get(`/api/v1/tenants/${box.tenantId}`)).body.policyVersion).toBe(2)
  })

  test("stands above the built-in one, which can be read like any other", async () => {
    expect(await list()).toMatchObject({ inForce: 1, items: [{ version: 1, isInForce: true, author: null }] })
    await box.publish(strict, 1)
    expect(await list()).toMatchObject({
      inForce: 2,
      items: [
        { version: 2, isInForce: true, basedOn: 1, author: { personId: box.adminId }, note: "why it is" },
        { version: 1, isInForce: false },
      ],
    })
    expect((await admin.get(box.path("/policies/1"))).body).toMatchObject({
      text: expect.stringContaining("tier-defaults"),
      diff: null,
    })
  })

  test("is read back byte for byte, with what it changed, or against any other", async () => {
    const written = `# a comment\n${strict}`
    await box.publish(written, 1)
    await box.publish(deny, 2)
    expect((await admin.get(box.path("/policies/2"))).body).toMatchObject({
      text: written,
      document: { version: 1, rules: [{ name: "all", effect: "require_approval" }] },
      diff: { against: 1 },
    })
    const { body } = await admin.get(box.path("/policies/3?against=2"))
    expect(body.diff).toMatchObject({
      against: 2,
      fields: [{ op: "replace", path: "/rules/all/effect", from: '"require_approval"', to: '"deny"' }],
      loosens: [],
      tightens: [expect.stringContaining("all")],
    })
    expect(codeOf(await admin.get(box.path("/policies/9")))).toEqual([404, "not_found"])
    expect(codeOf(await admin.get(box.path("/policies/2?against=9")))).toEqual([404, "not_found"])
  })
})

describe("checking a draft", () => {
  test("names each problem with its line and column, and changes nothing", async () => {
    const before = await list()
    const { body } = await box.check("version: 1\nrules:\n  - name: a\n    efect: deny\n")
    expect(body).toMatchObject({
      against: 1,
      comparison: null,
      problems: expect.arrayContaining([
        expect.objectContaining({
          line: 4,
          column: expect.any(Number),
          message: expect.stringContaining("efect"),
        }),
      ]),
    })
    expect(await list()).toEqual(before)
  })

  test("says what would change, loosen and tighten, and whether that takes a second person", async () => {
    expect((await box.check(friendly)).body.comparison).toMatchObject({
      needsSecondPerson: false,
      takesEffect: "at_once",
      diff: expect.arrayContaining([expect.objectContaining({ path: "/rules/all", op: "add" })]),
    })
    await box.publish(strict, 1)
    expect((await box.check(friendly)).body.comparison).toMatchObject({
      isSame: false,
      needsSecondPerson: true,
      takesEffect: "second_person",
      loosens: [expect.stringContaining("all")],
    })
    expect((await box.check(strict)).body.comparison).toMatchObject({ isSame: true, diff: [] })
    expect((await box.check(deny)).body.comparison).toMatchObject({
      needsSecondPerson: false,
      tightens: [expect.stringContaining("all")],
    })
  })

  test("is for everybody of the client, publishing for its administrators", async () => {
    const { tenantId } = box
    const reviewer = (await makePerson(world, { role: "reviewer", tenantId })).caller
    expect((await reviewer.post(box.path("/policies/check"), { text: strict })).status).toBe(200)
    expect((await reviewer.get(box.path("/policies"))).status).toBe(200)
    expect(codeOf(await box.publish(strict, 1, reviewer))).toEqual([403, "forbidden"])
  })
})

describe("publishing", () => {
  test("what cannot be read is refused with its places, and nothing is published", async () => {
    const reply = await box.publish("version: 1\nrules:\n  - name: a\n    efect: deny\n", 1)
    expect(codeOf(reply)).toEqual([422, "invalid_policy"])
    expect(reply.body.reasons[0]).toMatchObject({ message: expect.stringMatching(/^Line 3, column 5: /) })
    expect((await list()).inForce).toBe(1)
  })

  test("on a version that is no longer in force is a conflict, also for the slower of two", async () => {
    await box.publish(strict, 1)
    expect(codeOf(await box.publish(deny, 1))).toEqual([409, "conflict"])
    const both = await Promise.all([box.publish(deny, 2), box.publish(`# other\n${deny}`, 2)])
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409])
    expect((await list()).inForce).toBe(3)
  })

  test("the same again changes nothing; another comment is another version", async () => {
    await box.publish(strict, 1)
    expect(codeOf(await box.publish(strict, 2))).toEqual([422, "no_change"])
    expect((await box.publish(`# why\n${strict}`, 2)).body).toMatchObject({ result: "published", version: 3 })
  })

  test("what tightens is in force at once", async () => {
    await box.publish(strict, 1)
    expect((await box.publish(deny, 2)).body).toMatchObject({ result: "published", version: 3 })
  })

  test("needs a version, a text, and no more", async () => {
    for (const body of [
      {},
      { text: strict },
      { basedOn: 1 },
      { text: strict, basedOn: 0 },
      { text: "\u0000", basedOn: 1 },
    ]) {
      expect(codeOf(await admin.post(box.path("/policies"), body))).toEqual([422, "invalid_request"])
    }
  })
})

describe("rolling back", () => {
  test("publishes what an older version said as a new one, by the same rules", async () => {
    await box.publish(deny, 1)
    await box.publish(`# same\n${deny}`, 2)
    const back = await admin.post(box.path("/policies/2/restore"), { basedOn: 3, note: "back" })
    expect(back).toMatchObject({ status: 201, body: { result: "published", version: 4 } })
    expect((await admin.get(box.path("/policies/4"))).body).toMatchObject({
      text: deny,
      restores: 2,
      basedOn: 3,
    })

    const loosening = await admin.post(box.path("/policies/1/restore"), { basedOn: 4 })
    expect(loosening.body).toMatchObject({ result: "proposed", version: null })
    expect((await list()).inForce).toBe(4)
  })

  test("to what was never there, or on top of another version, is refused", async () => {
    await box.publish(deny, 1)
    expect(codeOf(await admin.post(box.path("/policies/7/restore"), { basedOn: 2 }))).toEqual([
      404,
      "not_found",
    ])
    expect(codeOf(await admin.post(box.path("/policies/1/restore"), { basedOn: 1 }))).toEqual([
      409,
      "conflict",
    ])
    expect(codeOf(await admin.post(box.path("/policies/2/restore"), { basedOn: 2 }))).toEqual([
      422,
      "no_change",
    ])
  })
})

async function rulesOf(tenantId: string): Promise<number> {
  const { rows } = await world.su.query(
    "SELECT rules_version::int AS moved FROM tenant WHERE tenant_id = $1",
    [tenantId],
  )
  return rows[0].moved
}
